package io.gatun.models;

import io.gatun.kernels.RopeTable.Pairing;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Attention;
import io.gatun.runtime.layers.DecoderLayer;
import io.gatun.runtime.layers.DecoderLm;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.GatedMlp;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.weights.WeightSource;

/** GLM-4-9B in Hugging Face's form: neighbours of half a head are rotated, a bias on q, k and v, gate and up merged. */
public final class GlmForCausalLM extends DecoderLm {

    public GlmForCausalLM(ModelConfig config, WeightSource weights) {
        super(config, weights, model(config, weights.scope("model")));
    }

    static DecoderModel model(ModelConfig config, WeightSource weights) {
        config.rejectUnsupported("partial_rotary_factor");
        var rotary = rotary(config, weights);
        return DecoderModel.load(config, weights, (i, layer) -> DecoderLayer.preNorm(config, layer,
                Attention.of(config, i).rotary(rotary).bias(config.attentionBias()).load(layer.scope("self_attn")),
                GatedMlp.fused(config, layer.scope("mlp"))));
    }

    static RotaryEmbedding rotary(ModelConfig config, WeightSource weights) {
        return RotaryEmbedding.create(weights.context(), config.rope(), config.headDim(), config.rotaryDim(0.5), Pairing.NEIGHBOURS);
    }
}
