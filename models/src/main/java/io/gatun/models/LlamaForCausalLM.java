package io.gatun.models;

import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Attention;
import io.gatun.runtime.layers.DecoderLayer;
import io.gatun.runtime.layers.DecoderLm;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.GatedMlp;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.weights.WeightSource;

/** Llama 2, 3, 3.1 and 3.2 (text), by their configurations. */
public class LlamaForCausalLM extends DecoderLm {

    public LlamaForCausalLM(ModelConfig config, WeightSource weights) {
        super(config, weights, model(config, weights.scope("model")));
    }

    static DecoderModel model(ModelConfig config, WeightSource weights) {
        config.rejectUnsupported();
        var rotary = RotaryEmbedding.create(weights.context(), config.rope(), config.headDim());
        return DecoderModel.load(config, weights, (i, layer) -> DecoderLayer.preNorm(config, layer,
                Attention.of(config, i).rotary(rotary).bias(config.attentionBias()).outputBias(config.attentionBias()).load(layer.scope("self_attn")),
                new GatedMlp(config, layer.scope("mlp"))));
    }
}
