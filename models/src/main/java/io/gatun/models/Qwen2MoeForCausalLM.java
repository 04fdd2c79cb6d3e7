package io.gatun.models;

import io.gatun.kernels.Routing;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Attention;
import io.gatun.runtime.layers.DecoderLayer;
import io.gatun.runtime.layers.DecoderLm;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.FeedForward;
import io.gatun.runtime.layers.GatedMlp;
import io.gatun.runtime.layers.MoeMlp;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.weights.WeightSource;

/** Qwen1.5-MoE and Qwen2-MoE: Qwen2 with experts, and one more that all tokens share by a gate. */
public final class Qwen2MoeForCausalLM extends DecoderLm {

    public Qwen2MoeForCausalLM(ModelConfig config, WeightSource weights) {
        super(config, weights, model(config, weights.scope("model")));
    }

    private static DecoderModel model(ModelConfig config, WeightSource weights) {
        config.rejectUnsupported("sliding_window", "num_experts");
        int windowLayers = config.json().intValue("max_window_layers", 28);
        var rotary = RotaryEmbedding.create(weights.context(), config.rope(), config.headDim());
        return DecoderModel.load(config, weights, (i, layer) -> DecoderLayer.preNorm(config, layer,
                Attention.of(config, i).rotary(rotary).bias(config.json().booleanValue("qkv_bias", true))
                        .window(config.optionalWindow(i, early -> early < windowLayers && early % 2 == 0)).load(layer.scope("self_attn")),
                feedForward(config, i, layer.scope("mlp"))));
    }

    private static FeedForward feedForward(ModelConfig config, int layer, WeightSource weights) {
        return isSparse(config, layer)
                ? MoeMlp.of(config, "num_experts", routing(config, false)).intermediate(config.json().positiveInt("moe_intermediate_size"))
                        .gatedSharedExpert(config.json().positiveInt("shared_expert_intermediate_size")).load(weights)
                : new GatedMlp(config, weights);
    }

    static Routing routing(ModelConfig config, boolean renormalized) {
        return Routing.softmax(config.json().positiveInt("num_experts_per_tok"), config.json().booleanValue("norm_topk_prob", renormalized)).toDtype();
    }

    /** Whether a layer has experts: by {@code decoder_sparse_step}, but for {@code mlp_only_layers}. */
    static boolean isSparse(ModelConfig config, int layer) {
        boolean dense = config.json().has("mlp_only_layers") && config.json().ints("mlp_only_layers").contains(layer);
        return !dense && (layer + 1) % config.json().positiveInt("decoder_sparse_step", 1) == 0;
    }
}
