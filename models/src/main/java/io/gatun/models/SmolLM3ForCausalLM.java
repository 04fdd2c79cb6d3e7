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

/** SmolLM3: a Llama of which every fourth layer knows no positions. */
public final class SmolLM3ForCausalLM extends DecoderLm {

    private static final Map<String, Object> DEFAULTS = Map.of("tie_word_embeddings", true);

    public SmolLM3ForCausalLM(ModelConfig config, WeightSource weights) {
        super(config.withDefaults(DEFAULTS), weights, model(config, weights.scope("model")));
    }

    static DecoderModel model(ModelConfig config, WeightSource weights) {
        config.rejectUnsupported("sliding_window", "no_rope_layers");
        var rotary = RotaryEmbedding.create(weights.context(), config.rope(), config.headDim());
        return DecoderModel.load(config, weights, (i, layer) -> {
            boolean rotates = rotates(config, i);
            var attention = Attention.of(config, i).bias(config.attentionBias()).outputBias(config.attentionBias())
                    .window(config.optionalWindow(i, withPositions -> rotates));
            return DecoderLayer.preNorm(config, layer, (rotates ? attention.rotary(rotary) : attention).load(layer.scope("self_attn")),
                    new GatedMlp(config, layer.scope("mlp")));
        });
    }

    /** {@code no_rope_layers} has 1 for the layers that are rotated. */
    private static boolean rotates(ModelConfig config, int layer) {
        return config.json().has("no_rope_layers") ? config.json().ints("no_rope_layers").get(layer) == 1
                : (layer + 1) % config.json().positiveInt("no_rope_layer_interval", 4) != 0;
    }
}
