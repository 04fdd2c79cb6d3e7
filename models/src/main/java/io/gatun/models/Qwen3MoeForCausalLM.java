package io.gatun.models;

import io.gatun.kernels.NormStyle;
import io.gatun.kernels.Routing;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Attention;
import io.gatun.runtime.layers.DecoderLayer;
import io.gatun.runtime.layers.DecoderLm;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.GatedMlp;
import io.gatun.runtime.layers.MoeMlp;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.weights.WeightSource;

/** Qwen3-MoE: Qwen3 with experts. */
public final class Qwen3MoeForCausalLM extends DecoderLm {

    public Qwen3MoeForCausalLM(ModelConfig config, WeightSource weights) {
        super(config, weights, model(config, weights.scope("model")));
    }

    private static DecoderModel model(ModelConfig config, WeightSource weights) {
        config.rejectUnsupported("sliding_window", "num_experts", "num_local_experts");
        var experts = config.json().has("num_experts") ? "num_experts" : "num_local_experts";
        var rotary = RotaryEmbedding.create(weights.context(), config.rope(), config.headDim());
        var routing = Qwen2MoeForCausalLM.routing(config, false);
        return DecoderModel.load(config, weights, (i, layer) -> DecoderLayer.preNorm(config, layer,
                Attention.of(config, i).rotary(rotary).headNorm(NormStyle.LLAMA).bias(config.attentionBias()).outputBias(config.attentionBias())
                        .window(config.optionalWindow(i, any -> true)).load(layer.scope("self_attn")),
                Qwen2MoeForCausalLM.isSparse(config, i)
                        ? MoeMlp.of(config, experts, routing).intermediate(config.json().positiveInt("moe_intermediate_size")).load(layer.scope("mlp"))
                        : new GatedMlp(config, layer.scope("mlp"))));
    }
}
