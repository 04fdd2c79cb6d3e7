package io.gatun.models;

import io.gatun.kernels.ElementwiseOp;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.DecoderLm;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.multimodal.MultimodalFactory;
import io.gatun.runtime.multimodal.MultimodalModel;
import io.gatun.runtime.weights.WeightSource;
import java.util.Map;

/** A decoder with a tower beside it. */
abstract class VisionLanguageModel extends DecoderLm implements MultimodalModel {
    private static final String TIED = "tie_word_embeddings";

    /** @param weights of the whole checkpoint */
    VisionLanguageModel(ModelConfig config, WeightSource weights, DecoderModel decoder, ElementwiseOp... onLogits) {
        super(config, VlmScopes.head(weights), decoder, onLogits);
    }

    /** config.json with the fields of {@code text_config} and defaults at the top. The head is tied if config.json says so in either place. */
    static JsonObject complete(JsonObject json, Map<String, Object> defaults) {
        boolean tied = json.booleanValue(TIED, false) || json.object("text_config").map(text -> text.booleanValue(TIED, false)).orElse(false);
        var flat = MultimodalFactory.textConfig(json, defaults);
        return tied ? flat.with(Map.of(TIED, true)) : flat;
    }

    /** {@code vision_config}. */
    static JsonObject vision(ModelConfig config) {
        return config.json().object("vision_config")
                .orElseThrow(() -> new ConfigException(config.json().source() + " lacks 'vision_config', which is needed"));
    }
}
