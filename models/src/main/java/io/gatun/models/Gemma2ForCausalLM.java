package io.gatun.models;

import io.gatun.kernels.ElementwiseOp;
import io.gatun.kernels.NormStyle;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Attention;
import io.gatun.runtime.layers.DecoderLayer;
import io.gatun.runtime.layers.DecoderLayer.SandwichNames;
import io.gatun.runtime.layers.DecoderLm;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.Elementwise;
import io.gatun.runtime.layers.GatedMlp;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.weights.WeightSource;

/** Gemma 2: Gemma with norms also after each sublayer, soft caps of scores and logits, and a window in every other layer. */
public final class Gemma2ForCausalLM extends DecoderLm {

    static final SandwichNames NORMS =
            new SandwichNames("input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm");

    public Gemma2ForCausalLM(ModelConfig config, WeightSource weights) {
        super(config.withDefaults(GemmaForCausalLM.DEFAULTS), weights, model(config, weights.scope("model")), finalSoftCap(config));
    }

    static DecoderModel model(ModelConfig config, WeightSource weights) {
        config.rejectUnsupported("sliding_window", "query_pre_attn_scalar", "attn_logit_softcapping", "final_logit_softcapping");
        var rotary = RotaryEmbedding.create(weights.context(), config.rope(), config.headDim());
        return DecoderModel.load(config, weights, NormStyle.GEMMA, GemmaForCausalLM.embeddingScale(config, weights), (i, layer) ->
                DecoderLayer.sandwich(config, layer, NormStyle.GEMMA, NORMS,
                        Attention.of(config, i).rotary(rotary).scale(1 / Math.sqrt(config.json().positiveDouble("query_pre_attn_scalar")))
                                .logitCap(config.json().doubleValue("attn_logit_softcapping", 0)).window(config.window(i, every -> every % 2 == 0))
                                .bias(config.attentionBias()).outputBias(config.attentionBias()).load(layer.scope("self_attn")),
                        new GatedMlp(config, layer.scope("mlp"))));
    }

    static ElementwiseOp[] finalSoftCap(ModelConfig config) {
        return config.json().has("final_logit_softcapping")
                ? new ElementwiseOp[] {Elementwise.softCap(config.json().positiveDouble("final_logit_softcapping"))} : new ElementwiseOp[0];
    }
}
