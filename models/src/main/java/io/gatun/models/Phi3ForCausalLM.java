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

/** Phi-3, Phi-3.5 and Phi-4: a Llama with merged projections; heads may be rotated in part, by LongRoPE. */
public final class Phi3ForCausalLM extends DecoderLm {

    public Phi3ForCausalLM(ModelConfig config, WeightSource weights) {
        super(config, weights, model(config, weights.scope("model")));
    }

    static DecoderModel model(ModelConfig config, WeightSource weights) {
        config.rejectUnsupported("sliding_window", "partial_rotary_factor");
        var rotary = RotaryEmbedding.create(weights.context(), config.rope(), config.headDim(), config.rotaryDim(1), Pairing.HALVES);
        return DecoderModel.load(config, weights, (i, layer) -> DecoderLayer.preNorm(config, layer,
                Attention.of(config, i).fused().rotary(rotary).window(config.window(i, any -> true)).load(layer.scope("self_attn")),
                GatedMlp.fused(config, layer.scope("mlp"))));
    }
}
