package io.gatun.models;

import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Attention;
import io.gatun.runtime.layers.DecoderLayer;
import io.gatun.runtime.layers.DecoderLm;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.GatedMlp;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.weights.WeightSource;

/** Qwen2 and Qwen2.5: a Llama with a bias on q, k and v; if asked for, later layers see a window only. */
public final class Qwen2ForCausalLM extends DecoderLm {

    public Qwen2ForCausalLM(ModelConfig config, WeightSource weights) {
        super(config, weights, model(config, weights.scope("model")));
    }

    static DecoderModel model(ModelConfig config, WeightSource weights) {
        return model(config, weights, RotaryEmbedding.create(weights.context(), config.rope(), config.headDim()));
    }

    /** The decoder with another rotation. */
    static DecoderModel model(ModelConfig config, WeightSource weights, RotaryEmbedding rotary) {
        config.rejectUnsupported("sliding_window");
        int fullLayers = config.json().intValue("max_window_layers", 28);
        return DecoderModel.load(config, weights, (i, layer) -> DecoderLayer.preNorm(config, layer,
                Attention.of(config, i).rotary(rotary).bias(true).window(config.optionalWindow(i, later -> later >= fullLayers)).load(layer.scope("self_attn")),
                new GatedMlp(config, layer.scope("mlp"))));
    }
}
