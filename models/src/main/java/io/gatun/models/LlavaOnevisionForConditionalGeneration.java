package io.gatun.models;

import io.gatun.memory.Tensor;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.multimodal.Modality;
import io.gatun.runtime.multimodal.image.AnyresGrid;
import io.gatun.runtime.weights.WeightSource;
import java.util.Map;

/** LLaVA-OneVision: LLaVA-NeXT whose map of tiles is made smaller where it is too large, and that sees videos as maps of half the size. */
public final class LlavaOnevisionForConditionalGeneration extends VisionLanguageModel {
    /** What the class of configurations in Transformers assumes. */
    private static final Map<String, Object> DEFAULTS = Map.of("vision_feature_layer", -1, "vision_feature_select_strategy", "full",
            "projector_hidden_act", "gelu");

    private final LlavaVision vision;
    private final AnyresEmbeddings tiles;

    public LlavaOnevisionForConditionalGeneration(ModelConfig config, WeightSource weights) {
        super(config, weights, LlavaDecoder.load(config, weights));
        vision = new LlavaVision(config, weights);
        tiles = new AnyresEmbeddings(config, weights);
    }

    static JsonObject complete(JsonObject json) {
        return LlavaDecoder.complete(json, "qwen2", DEFAULTS);
    }

    @Override
    public Tensor imageFeature(MediaFeature feature, Tensor pixels) {
        var features = vision.forward(pixels);
        int[] grid = feature.grid();
        return feature.modality() == Modality.VIDEO ? tiles.video(grid[0], grid[1], grid[2], features) : tiles.picture(AnyresGrid.of(grid), features);
    }
}
