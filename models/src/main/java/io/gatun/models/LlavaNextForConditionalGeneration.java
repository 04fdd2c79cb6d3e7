package io.gatun.models;

import io.gatun.memory.Tensor;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.multimodal.image.AnyresGrid;
import io.gatun.runtime.weights.WeightSource;

/** LLaVA-NeXT: LLaVA 1.5 that sees a picture as a whole and, enlarged, in tiles. */
public final class LlavaNextForConditionalGeneration extends VisionLanguageModel {
    private final LlavaVision vision;
    private final AnyresEmbeddings tiles;

    public LlavaNextForConditionalGeneration(ModelConfig config, WeightSource weights) {
        super(config, weights, LlavaDecoder.load(config, weights));
        vision = new LlavaVision(config, weights);
        tiles = new AnyresEmbeddings(config, weights);
    }

    static JsonObject complete(JsonObject json) {
        return LlavaDecoder.complete(json, "llama", LlavaForConditionalGeneration.DEFAULTS);
    }

    @Override
    public Tensor imageFeature(MediaFeature feature, Tensor pixels) {
        return tiles.picture(AnyresGrid.of(feature.grid()), vision.forward(pixels));
    }
}
