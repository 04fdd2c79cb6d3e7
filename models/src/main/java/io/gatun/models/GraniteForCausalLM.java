package io.gatun.models;

import io.gatun.kernels.NormStyle;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Attention;
import io.gatun.runtime.layers.DecoderLayer;
import io.gatun.runtime.layers.DecoderLm;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.Elementwise;
import io.gatun.runtime.layers.GatedMlp;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.weights.WeightSource;

/** Granite 3: a Llama with multipliers of embeddings, scores, sublayers and logits. */
public final class GraniteForCausalLM extends DecoderLm {

    public GraniteForCausalLM(ModelConfig config, WeightSource weights) {
        super(config, weights, model(config, weights.scope("model")), Elementwise.divide(config.json().doubleValue("logits_scaling", 1)));
    }

    static DecoderModel model(ModelConfig config, WeightSource weights) {
        config.rejectUnsupported("embedding_multiplier", "attention_multiplier", "residual_multiplier", "logits_scaling");
        var rotary = RotaryEmbedding.create(weights.context(), config.rope(), config.headDim());
        var residual = new Elementwise(weights.context(), Elementwise.multiply(config.json().doubleValue("residual_multiplier", 1)));
        return DecoderModel.load(config, weights, NormStyle.LLAMA, config.json().doubleValue("embedding_multiplier", 1), (i, layer) ->
                DecoderLayer.preNorm(config, layer,
                        Attention.of(config, i).rotary(rotary).scale(config.json().doubleValue("attention_multiplier", 1)).bias(config.attentionBias())
                                .outputBias(config.attentionBias()).load(layer.scope("self_attn")).then(residual),
                        new GatedMlp(config, layer.scope("mlp")).then(residual)));
    }
}
