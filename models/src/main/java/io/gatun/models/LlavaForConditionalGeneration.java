package io.gatun.models;

import io.gatun.memory.Tensor;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.weights.WeightSource;
import java.util.Map;

/** LLaVA 1.5: a tower, a projector, and any of several decoders. */
public final class LlavaForConditionalGeneration extends VisionLanguageModel {
    /** What the class of configurations of LLaVA 1.5 and NeXT assumes. */
    static final Map<String, Object> DEFAULTS = Map.of("vision_feature_layer", -2, "vision_feature_select_strategy", "default", "projector_hidden_act", "gelu");

    private final LlavaVision vision;

    public LlavaForConditionalGeneration(ModelConfig config, WeightSource weights) {
        super(config, weights, LlavaDecoder.load(config, weights));
        vision = new LlavaVision(config, weights);
    }

    static JsonObject complete(JsonObject json) {
        return LlavaDecoder.complete(json, "llama", DEFAULTS);
    }

    @Override
    public Tensor imageFeature(MediaFeature feature, Tensor pixels) {
        return vision.forward(pixels);
    }
}
