package io.gatun.models;

import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Attention;
import io.gatun.runtime.layers.DecoderLayer;
import io.gatun.runtime.layers.DecoderLm;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.GatedMlp;
import io.gatun.runtime.layers.PositionScale;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.weights.WeightSource;
import java.util.Map;

/** Ministral 3: a Mistral with YaRN whose queries grow with their positions. */
public final class Ministral3ForCausalLM extends DecoderLm {

    /** What Hugging Face takes where config.json has no {@code rope_parameters}. */
    private static final Map<String, Object> DEFAULTS = Map.of("rope_parameters", Map.of("rope_type", "yarn", "rope_theta", 1_000_000.0, "factor", 16.0,
            "original_max_position_embeddings", 16384, "mscale", 1.0, "mscale_all_dim", 1.0, "llama_4_scaling_beta", 0.1));

    public Ministral3ForCausalLM(ModelConfig config, WeightSource weights) {
        super(config, weights, model(config, weights.scope("model")));
    }

    static DecoderModel model(ModelConfig given, WeightSource weights) {
        var config = given.withDefaults(DEFAULTS);
        config.rejectUnsupported("sliding_window", "llama_4_scaling_beta");
        var rope = config.json().object("rope_parameters").orElseThrow();
        var scale = PositionScale.logarithmic(weights.context(), rope.doubleValue("llama_4_scaling_beta"), rope.positiveInt("original_max_position_embeddings"));
        var rotary = RotaryEmbedding.create(weights.context(), config.rope(), config.headDim());
        return DecoderModel.load(config, weights, (i, layer) -> DecoderLayer.preNorm(config, layer,
                Attention.of(config, i).rotary(rotary).queryScale(scale).window(config.window(i, any -> true)).load(layer.scope("self_attn")),
                new GatedMlp(config, layer.scope("mlp"))));
    }
}
