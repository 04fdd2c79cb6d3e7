package io.gatun.models;

import io.gatun.kernels.NormStyle;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.config.RopeConfig;
import io.gatun.runtime.layers.Attention;
import io.gatun.runtime.layers.DecoderLayer;
import io.gatun.runtime.layers.DecoderLm;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.GatedMlp;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.weights.WeightSource;

/** Gemma 3 (text): Gemma 2 with norms of q and k in place of the caps, five layers with a window to one without, and a rotation for each kind. */
public final class Gemma3ForCausalLM extends DecoderLm {

    public Gemma3ForCausalLM(ModelConfig config, WeightSource weights) {
        super(config.withDefaults(GemmaForCausalLM.DEFAULTS), weights, model(config, weights.scope("model")), Gemma2ForCausalLM.finalSoftCap(config));
    }

    static DecoderModel model(ModelConfig config, WeightSource weights) {
        config.rejectUnsupported("sliding_window", "query_pre_attn_scalar", "attn_logit_softcapping", "final_logit_softcapping", "rope_local_base_freq");
        int pattern = config.json().positiveInt("sliding_window_pattern", 6);
        var global = RotaryEmbedding.create(weights.context(), config.rope(ModelConfig.FULL_ATTENTION), config.headDim());
        var local = RotaryEmbedding.create(weights.context(), localRope(config), config.headDim());
        return DecoderModel.load(config, weights, NormStyle.GEMMA, GemmaForCausalLM.embeddingScale(config, weights), (i, layer) -> {
            boolean sliding = config.isSliding(i, layerId -> (layerId + 1) % pattern != 0);
            return DecoderLayer.sandwich(config, layer, NormStyle.GEMMA, Gemma2ForCausalLM.NORMS,
                    Attention.of(config, i).rotary(sliding ? local : global).headNorm(NormStyle.GEMMA)
                            .scale(1 / Math.sqrt(config.json().positiveDouble("query_pre_attn_scalar")))
                            .logitCap(config.json().doubleValue("attn_logit_softcapping", 0)).window(config.window(i, any -> sliding))
                            .bias(config.attentionBias()).outputBias(config.attentionBias()).load(layer.scope("self_attn")),
                    new GatedMlp(config, layer.scope("mlp")));
        });
    }

    private static RopeConfig localRope(ModelConfig config) {
        return config.json().has("rope_local_base_freq") ? new RopeConfig.Default(config.json().positiveDouble("rope_local_base_freq"))
                : config.rope(ModelConfig.SLIDING_ATTENTION);
    }
}
