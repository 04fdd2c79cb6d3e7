package io.gatun.models;

import io.gatun.kernels.NormStyle;
import io.gatun.memory.Tensor;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Linear;
import io.gatun.runtime.layers.RmsNorm;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/** Gemma 3 with SigLIP: means of squares of patches, normalised and projected; a picture's tokens see each other both ways. */
public final class Gemma3ForConditionalGeneration extends VisionLanguageModel {
    /** What the class of configurations in Transformers assumes. */
    private static final Map<String, Object> TEXT = Map.ofEntries(Map.entry("vocab_size", 262_208), Map.entry("hidden_size", 2304),
            Map.entry("intermediate_size", 9216), Map.entry("num_hidden_layers", 26), Map.entry("num_attention_heads", 8), Map.entry("num_key_value_heads", 4),
            Map.entry("head_dim", 256), Map.entry("hidden_activation", "gelu_pytorch_tanh"), Map.entry("max_position_embeddings", 131_072),
            Map.entry("rms_norm_eps", 1e-6), Map.entry("query_pre_attn_scalar", 256), Map.entry("sliding_window", 4096), Map.entry("tie_word_embeddings", true),
            Map.entry("mm_tokens_per_image", 256));
    /** The same for what {@code rope_parameters} say in later configurations. */
    private static final Map<String, Object> ROTATION = Map.of("rope_theta", 1_000_000.0, "rope_local_base_freq", 10_000.0);

    private final LayerContext context;
    private final PictureTower tower;
    private final int side;
    private final int square;
    private final RmsNorm norm;
    private final Linear projection;

    public Gemma3ForConditionalGeneration(ModelConfig config, WeightSource weights) {
        super(config, weights, Gemma3ForCausalLM.model(config, VlmScopes.decoder(weights)), Gemma2ForCausalLM.finalSoftCap(config));
        context = weights.context();
        var vision = PictureTower.config(vision(config));
        tower = new PictureTower(vision, vision.positiveInt("num_hidden_layers"), true, VlmScopes.tower(weights));
        side = vision.positiveInt("image_size") / vision.positiveInt("patch_size");
        square = square(config.json());
        var projector = VlmScopes.projector(weights, "mm_input_projection_weight");
        norm = RmsNorm.load(projector.scope("mm_soft_emb_norm"), tower.hiddenSize(), (float) vision.positiveDouble("layer_norm_eps"), NormStyle.GEMMA);
        projection = Linear.loadTransposed(projector, "mm_input_projection_weight", config.hiddenSize(), tower.hiddenSize());
    }

    static JsonObject complete(JsonObject json) {
        var flat = complete(json, TEXT);
        return flat.has("rope_parameters") ? flat : flat.withDefaults(ROTATION);
    }

    /** Rows and columns of patches that make one token. */
    private int square(JsonObject json) {
        int tokens = (int) Math.sqrt(json.positiveInt("mm_tokens_per_image"));
        if (tokens * tokens != json.positiveInt("mm_tokens_per_image") || side % tokens != 0) {
            throw json.wrong("mm_tokens_per_image", "a square number whose root divides " + side + ", the patches along a side of a picture");
        }
        return side / tokens;
    }

    @Override
    public Tensor imageFeature(MediaFeature feature, Tensor pixels) {
        int tokens = side / square;
        float[] share = new float[square * square];
        Arrays.fill(share, 1f / share.length);
        var means = new FeatureMix(share.length);
        for (int i = 0; i < tokens * tokens; i++) {
            int corner = i / tokens * square * side + i % tokens * square;
            means.sum(IntStream.range(0, share.length).map(j -> corner + j / square * side + j % square).toArray(), share);
        }
        return projection.forward(norm.forward(means.forward(context, tower.forward(pixels))));
    }
}
