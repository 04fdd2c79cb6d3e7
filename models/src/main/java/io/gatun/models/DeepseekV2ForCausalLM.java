package io.gatun.models;

import io.gatun.kernels.Routing;
import io.gatun.memory.DType;
import io.gatun.runtime.cache.KvPool.KvShape;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.DecoderLayer;
import io.gatun.runtime.layers.DecoderLm;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.FeedForward;
import io.gatun.runtime.layers.GatedMlp;
import io.gatun.runtime.layers.MlaAttention;
import io.gatun.runtime.layers.MlaConfig;
import io.gatun.runtime.layers.MoeMlp;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.weights.WeightSource;
import java.util.Collections;
import java.util.function.BiFunction;

/** DeepSeek-V2 and V2-Lite: latent attention, and after some dense layers experts, chosen by groups, with some that all tokens share. */
public class DeepseekV2ForCausalLM extends DecoderLm {

    public DeepseekV2ForCausalLM(ModelConfig config, WeightSource weights) {
        this(config, weights, DeepseekV2ForCausalLM::experts);
    }

    /** @param experts makes the block of a layer that has experts */
    protected DeepseekV2ForCausalLM(ModelConfig config, WeightSource weights, BiFunction<ModelConfig, WeightSource, FeedForward> experts) {
        super(config, weights, model(config, weights.scope("model"), experts));
    }

    @Override
    public KvShape kvShape(ModelConfig config, DType dtype) {
        return new KvShape(Collections.nCopies(config.numHiddenLayers(), MlaConfig.of(config).layerShape()), dtype);
    }

    private static DecoderModel model(ModelConfig config, WeightSource weights, BiFunction<ModelConfig, WeightSource, FeedForward> experts) {
        config.rejectUnsupported("n_routed_experts", "num_local_experts");
        var mla = MlaConfig.of(config);
        int denseLayers = config.json().intValue("first_k_dense_replace", 0);
        if (config.json().intValue("moe_layer_freq", 1) != 1) {
            throw config.json().wrong("moe_layer_freq", "1: every layer after the dense ones has experts");
        }
        var rotary = RotaryEmbedding.create(weights.context(), config.rope(), mla.qkRopeHeadDim());
        return DecoderModel.load(config, weights, (i, layer) -> DecoderLayer.preNorm(config, layer,
                new MlaAttention(mla, i, rotary, layer.scope("self_attn")),
                i < denseLayers ? new GatedMlp(config, layer.scope("mlp")) : experts.apply(config, layer.scope("mlp"))));
    }

    /** Hugging Face scales the chosen scores and never renormalises them, whatever {@code norm_topk_prob} says. */
    private static FeedForward experts(ModelConfig config, WeightSource weights) {
        var json = config.json();
        var chosen = Routing.softmax(json.positiveInt("num_experts_per_tok"), false).scaled((float) json.doubleValue("routed_scaling_factor", 1));
        var routing = switch (json.text("topk_method", "greedy")) {
            case "greedy" -> chosen;
            case "group_limited_greedy" -> chosen.grouped(json.positiveInt("n_group"), json.positiveInt("topk_group"));
            default -> throw json.wrong("topk_method", "greedy or group_limited_greedy");
        };
        return moe(config, routing).load(weights);
    }

    /** Experts beside {@code n_shared_experts} that every token has, routed in fp32. */
    static MoeMlp.Builder moe(ModelConfig config, Routing routing) {
        int size = config.json().positiveInt("moe_intermediate_size");
        var moe = MoeMlp.of(config, "n_routed_experts", routing).intermediate(size).fp32Router();
        int shared = config.json().intValue("n_shared_experts", 0);
        return shared == 0 ? moe : moe.sharedExperts((long) shared * size);
    }
}
