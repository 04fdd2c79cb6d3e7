package io.gatun.models;

import io.gatun.kernels.NormStyle;
import io.gatun.memory.Tensor;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.GatedMlp;
import io.gatun.runtime.layers.RmsNorm;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.weights.WeightSource;
import java.util.List;
import java.util.Map;

/** Qwen2.5-VL: Qwen2-VL with a tower of Llama's blocks, most of which see windows of a picture only, and positions in time by seconds. */
public final class Qwen2_5_VLForConditionalGeneration extends VisionLanguageModel {
    /** What the class of configurations in Transformers assumes. */
    private static final Map<String, Object> VISION = Map.ofEntries(Map.entry("depth", 32), Map.entry("hidden_size", 3584), Map.entry("hidden_act", "silu"),
            Map.entry("intermediate_size", 3420), Map.entry("num_heads", 16), Map.entry("in_channels", 3), Map.entry("patch_size", 14),
            Map.entry("spatial_merge_size", 2), Map.entry("temporal_patch_size", 2), Map.entry("window_size", 112),
            Map.entry("fullatt_block_indexes", List.of(7, 15, 23, 31)));
    private static final float EPS = 1e-6f;

    private final QwenVisionTower visual;

    public Qwen2_5_VLForConditionalGeneration(ModelConfig config, WeightSource weights) {
        super(config, weights, Qwen2VLForConditionalGeneration.decoder(config, VlmScopes.decoder(weights)));
        var vision = vision(config).withDefaults(VISION);
        int hidden = vision.positiveInt("hidden_size");
        var wholeFrames = vision.ints("fullatt_block_indexes");
        visual = new QwenVisionTower(vision, QwenVisionTower.Sizes.of(vision, hidden, config.hiddenSize(), window(vision)), wholeFrames::contains,
                VlmScopes.visual(weights), norm -> RmsNorm.load(norm, hidden, EPS)::forward,
                mlp -> GatedMlp.load(mlp, hidden, vision.positiveInt("intermediate_size"), ModelConfig.activation(vision), true));
    }

    static JsonObject complete(JsonObject json) {
        return Qwen2VLForConditionalGeneration.complete(json);
    }

    /** Rows and columns of tokens in a window. */
    private static int window(JsonObject vision) {
        int window = vision.positiveInt("window_size") / vision.positiveInt("spatial_merge_size") / vision.positiveInt("patch_size");
        if (window < 1) {
            throw vision.wrong("window_size", "at least as large as a token, which is " + vision.positiveInt("spatial_merge_size") + " patches of "
                    + vision.positiveInt("patch_size") + " pixels");
        }
        return window;
    }

    @Override
    public int positionAxes() {
        return 3;
    }

    @Override
    public Tensor imageFeature(MediaFeature feature, Tensor pixels) {
        return visual.forward(feature.grid(), pixels);
    }
}
