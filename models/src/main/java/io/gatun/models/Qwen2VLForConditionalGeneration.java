package io.gatun.models;

import io.gatun.memory.Tensor;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.LayerNorm;
import io.gatun.runtime.layers.Mlp;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.weights.WeightSource;
import java.util.List;
import java.util.Map;

/** Qwen2-VL: a Qwen2 whose tokens have positions on three axes, and a tower for pictures and videos of any size. */
public final class Qwen2VLForConditionalGeneration extends VisionLanguageModel {
    /** What the class of configurations in Transformers assumes. */
    private static final Map<String, Object> TEXT = Map.ofEntries(Map.entry("vocab_size", 152_064), Map.entry("hidden_size", 8192),
            Map.entry("intermediate_size", 29_568), Map.entry("num_hidden_layers", 80), Map.entry("num_attention_heads", 64),
            Map.entry("num_key_value_heads", 8), Map.entry("hidden_act", "silu"), Map.entry("max_position_embeddings", 32_768), Map.entry("rms_norm_eps", 1e-5),
            Map.entry("sliding_window", 4096), Map.entry("max_window_layers", 80), Map.entry("rope_theta", 1_000_000.0));
    private static final Map<String, Object> VISION = Map.of("depth", 32, "embed_dim", 1280, "hidden_size", 3584, "hidden_act", "quick_gelu", "mlp_ratio", 4,
            "num_heads", 16, "in_channels", 3, "patch_size", 14, "spatial_merge_size", 2, "temporal_patch_size", 2);
    private static final float EPS = 1e-6f;

    private final QwenVisionTower visual;

    public Qwen2VLForConditionalGeneration(ModelConfig config, WeightSource weights) {
        super(config, weights, decoder(config, VlmScopes.decoder(weights)));
        var vision = vision(config).withDefaults(VISION);
        int hidden = vision.positiveInt("embed_dim");
        visual = new QwenVisionTower(vision, QwenVisionTower.Sizes.of(vision, hidden, config.hiddenSize(), PatchOrder.NO_WINDOW), any -> true,
                VlmScopes.visual(weights), norm -> LayerNorm.load(norm, hidden, EPS)::forward,
                mlp -> Mlp.load(mlp, hidden, (long) hidden * vision.positiveInt("mlp_ratio"), ModelConfig.activation(vision)));
    }

    /** A Qwen2 that rotates by three axes. */
    static DecoderModel decoder(ModelConfig config, WeightSource weights) {
        var sections = sections(config.json());
        if (sections.size() != 3 || sections.stream().mapToInt(i -> i).sum() != config.headDim() / 2) {
            throw new ConfigException(config.json().source() + ": mrope_section is " + sections + "; it must be three numbers that add up to "
                    + config.headDim() / 2 + ", the pairs of a head");
        }
        return Qwen2ForCausalLM.model(config, weights, RotaryEmbedding.create(weights.context(), config.rope(), config.headDim()).withSections(sections));
    }

    /** config.json with what the class of configurations assumes; {@code mrope}, the old name of plain rotation by three axes, is not known to others. */
    static JsonObject complete(JsonObject json) {
        var complete = complete(json, TEXT);
        var old = complete.object("rope_scaling").filter(rope -> rope.text("rope_type", rope.text("type", "")).equals("mrope"));
        return old.map(rope -> complete.with(Map.of("rope_scaling", Map.of("rope_type", "default", "mrope_section", sections(complete))))).orElse(complete);
    }

    private static List<Integer> sections(JsonObject json) {
        return json.object("rope_parameters").or(() -> json.object("rope_scaling")).filter(rope -> rope.has("mrope_section"))
                .map(rope -> rope.ints("mrope_section")).orElse(List.of(16, 24, 24));
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
