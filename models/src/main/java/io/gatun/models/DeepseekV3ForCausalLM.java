package io.gatun.models;

import io.gatun.kernels.Routing;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.FeedForward;
import io.gatun.runtime.weights.WeightSource;

/** DeepSeek-V3 and R1: V2 with experts chosen by sigmoids and a bias that corrects the choice alone. */
public final class DeepseekV3ForCausalLM extends DeepseekV2ForCausalLM {

    public DeepseekV3ForCausalLM(ModelConfig config, WeightSource weights) {
        super(config, weights, DeepseekV3ForCausalLM::experts);
    }

    private static FeedForward experts(ModelConfig config, WeightSource weights) {
        var json = config.json();
        var routing = Routing.sigmoid(json.positiveInt("num_experts_per_tok"), json.booleanValue("norm_topk_prob", true))
                .grouped(json.positiveInt("n_group", 8), json.positiveInt("topk_group", 4)).scaled((float) json.doubleValue("routed_scaling_factor", 2.5));
        return moe(config, routing).correctionBias().load(weights);
    }
}
