package io.gatun.models;

import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Attention;
import io.gatun.runtime.layers.DecoderLayer;
import io.gatun.runtime.layers.DecoderLm;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.GatedMlp;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.weights.WeightSource;
import java.util.Map;

/** Mistral 7B, Nemo, Small: a Llama whose layers may all see a window only. */
public final class MistralForCausalLM extends DecoderLm {

    /** What Hugging Face takes where config.json does not mention it; later models say null. */
    private static final Map<String, Object> DEFAULTS = Map.of("sliding_window", 4096);

    public MistralForCausalLM(ModelConfig config, WeightSource weights) {
        super(config, weights, model(config, weights.scope("model")));
    }

    static DecoderModel model(ModelConfig given, WeightSource weights) {
        var config = given.withDefaults(DEFAULTS);
        config.rejectUnsupported("sliding_window");
        var rotary = RotaryEmbedding.create(weights.context(), config.rope(), config.headDim());
        return DecoderModel.load(config, weights, (i, layer) -> DecoderLayer.preNorm(config, layer,
                Attention.of(config, i).rotary(rotary).window(config.window(i, any -> true)).load(layer.scope("self_attn")),
                new GatedMlp(config, layer.scope("mlp"))));
    }
}
