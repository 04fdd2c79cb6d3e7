package io.gatun.models;

import io.gatun.kernels.Routing;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Attention;
import io.gatun.runtime.layers.DecoderLayer;
import io.gatun.runtime.layers.DecoderLm;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.MoeMlp;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.weights.WeightSource;

/** Mixtral: Mistral with two of some experts for each token. */
public final class MixtralForCausalLM extends DecoderLm {

    public MixtralForCausalLM(ModelConfig config, WeightSource weights) {
        super(config, weights, model(config, weights.scope("model")));
    }

    private static DecoderModel model(ModelConfig config, WeightSource weights) {
        config.rejectUnsupported("sliding_window", "num_local_experts");
        var rotary = RotaryEmbedding.create(weights.context(), config.rope(), config.headDim());
        var routing = Routing.softmax(config.json().positiveInt("num_experts_per_tok", 2), true);
        return DecoderModel.load(config, weights, (i, layer) -> DecoderLayer.preNorm(config, layer,
                Attention.of(config, i).rotary(rotary).window(config.window(i, any -> true)).load(layer.scope("self_attn")),
                MoeMlp.of(config, "num_local_experts", routing).projections("w1", "w3", "w2").load(layer.scope("block_sparse_moe"))));
    }
}
