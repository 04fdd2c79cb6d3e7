package io.gatun.runtime.config;

import io.gatun.kernels.Activation;
import io.gatun.kernels.AttentionOptions;
import io.gatun.memory.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;

/** What config.json says about a model, under its own names in Java case. */
public final class ModelConfig {
    /** Fields that change results in some family, with the value that means "not used". A model that supports one reads it and removes the doubt. */
    private static final Map<String, Object> RESULT_CHANGING = Map.ofEntries(
            Map.entry("quantization_config", ""), Map.entry("sliding_window", ""), Map.entry("partial_rotary_factor", 1.0),
            Map.entry("use_bidirectional_attention", false), Map.entry("attention_chunk_size", ""), Map.entry("clip_qkv", ""), Map.entry("no_rope_layers", ""),
            Map.entry("rope_local_base_freq", ""), Map.entry("n_routed_experts", ""), Map.entry("llama_4_scaling_beta", 0.0),
            Map.entry("attn_logit_softcapping", ""), Map.entry("final_logit_softcapping", ""), Map.entry("query_pre_attn_scalar", ""),
            Map.entry("embedding_multiplier", 1.0), Map.entry("attention_multiplier", ""), Map.entry("residual_multiplier", 1.0),
            Map.entry("logits_scaling", 1.0), Map.entry("logit_scale", 1.0), Map.entry("num_local_experts", ""), Map.entry("num_experts", ""),
            Map.entry("pretraining_tp", 1.0), Map.entry("alibi", false));

    /** The type of layers that see all tokens. */
    public static final String FULL_ATTENTION = "full_attention";
    /** The type of layers that see a window of tokens. */
    public static final String SLIDING_ATTENTION = "sliding_attention";
    private static final String PARTIAL_ROTARY = "partial_rotary_factor";

    private final JsonObject json;
    private final List<String> architectures;
    private final int hiddenSize;
    private final int numHiddenLayers;
    private final int numAttentionHeads;
    private final int numKeyValueHeads;
    private final int headDim;
    private final int vocabSize;
    private final int maxPositionEmbeddings;

    private ModelConfig(JsonObject json) {
        this.json = json;
        architectures = architectures(json);
        hiddenSize = json.positiveInt("hidden_size");
        numHiddenLayers = json.positiveInt("num_hidden_layers");
        numAttentionHeads = json.positiveInt("num_attention_heads");
        numKeyValueHeads = json.has("num_key_value_heads") ? json.positiveInt("num_key_value_heads") : numAttentionHeads;
        if (numAttentionHeads % numKeyValueHeads != 0) {
            throw json.wrong("num_key_value_heads", "a divisor of num_attention_heads, which is " + numAttentionHeads);
        }
        if (!json.has("head_dim") && hiddenSize % numAttentionHeads != 0) {
            throw json.wrong("num_attention_heads", "a divisor of hidden_size, which is " + hiddenSize + ", where there is no head_dim");
        }
        headDim = json.has("head_dim") ? json.positiveInt("head_dim") : hiddenSize / numAttentionHeads;
        if (headDim % 2 != 0) {
            throw new ConfigException(json.source() + ": the head dimension " + headDim + " is odd; rotary embedding needs an even one");
        }
        vocabSize = json.positiveInt("vocab_size");
        maxPositionEmbeddings = json.positiveInt("max_position_embeddings");
    }

    /**
     * Reads {@code config.json} of a model folder.
     *
     * @throws ConfigException if it is missing or malformed, or lacks what every model needs
     */
    public static ModelConfig load(Path modelPath) {
        return new ModelConfig(JsonObject.read(modelPath.resolve("config.json")));
    }

    /** A configuration from a JSON object, such as a changed one. */
    public static ModelConfig of(JsonObject json) {
        return new ModelConfig(json);
    }

    /**
     * Names of classes that can load a checkpoint, the best first.
     *
     * @throws ConfigException if there is none
     */
    public static List<String> architectures(JsonObject json) {
        var architectures = json.texts("architectures");
        if (architectures.isEmpty()) {
            throw json.wrong("architectures", "an array with the name of the model's class");
        }
        return architectures;
    }

    /** This configuration with values for fields that config.json leaves out, as a family's own defaults. */
    public ModelConfig withDefaults(Map<String, Object> defaults) {
        return new ModelConfig(json.withDefaults(defaults));
    }

    /** The first entry of {@code architectures}. */
    public String architecture() {
        return architectures.getFirst();
    }

    /** Names of classes that can load the checkpoint, the best first. */
    public List<String> architectures() {
        return architectures;
    }

    public int hiddenSize() {
        return hiddenSize;
    }

    public int intermediateSize() {
        return json.positiveInt("intermediate_size");
    }

    public int numHiddenLayers() {
        return numHiddenLayers;
    }

    public int numAttentionHeads() {
        return numAttentionHeads;
    }

    public int numKeyValueHeads() {
        return numKeyValueHeads;
    }

    public int headDim() {
        return headDim;
    }

    public int vocabSize() {
        return vocabSize;
    }

    /** The longest sequence the model was made for, in tokens. */
    public int maxPositionEmbeddings() {
        return maxPositionEmbeddings;
    }

    /**
     * The longest sequence that the positions' scaling allows, in tokens. Where layers differ in their rotation (Gemma 3), max_position_embeddings has
     * the scaling in it already.
     */
    public int maxContextLength() {
        boolean scaledAlready = json.has("rope_local_base_freq") || json.object("rope_parameters").filter(p -> p.isObject(FULL_ATTENTION)).isPresent();
        return scaledAlready ? maxPositionEmbeddings : (int) (maxPositionEmbeddings * rope().contextFactor());
    }

    public float rmsNormEps() {
        return (float) json.doubleValue("rms_norm_eps");
    }

    public boolean tieWordEmbeddings() {
        return json.booleanValue("tie_word_embeddings", false);
    }

    public boolean attentionBias() {
        return json.booleanValue("attention_bias", false);
    }

    public boolean mlpBias() {
        return json.booleanValue("mlp_bias", false);
    }

    public RopeConfig rope() {
        return RopeConfig.of(json, maxPositionEmbeddings);
    }

    /** The rotation in layers of one type, where {@code rope_parameters} tells them apart; else that of all layers. */
    public RopeConfig rope(String layerType) {
        var byType = json.object("rope_parameters").flatMap(parameters -> parameters.isObject(layerType) ? parameters.object(layerType) : Optional.empty());
        return byType.isPresent() ? RopeConfig.of(json, byType, maxPositionEmbeddings) : rope();
    }

    /** How many elements of a head are rotated: {@code partial_rotary_factor} of them, be it among the rope parameters. */
    public int rotaryDim(double defaultFactor) {
        double factor = json.object("rope_parameters").filter(p -> p.has(PARTIAL_ROTARY)).or(() -> json.object("rope_scaling").filter(p -> p.has(PARTIAL_ROTARY)))
                .map(p -> p.doubleValue(PARTIAL_ROTARY)).orElseGet(() -> json.doubleValue(PARTIAL_ROTARY, defaultFactor));
        int dim = (int) (headDim * factor);
        if (!(factor > 0 && factor <= 1) || dim < 2 || dim % 2 != 0) {
            throw new ConfigException(json.source() + ": " + PARTIAL_ROTARY + " is " + factor + ", which rotates " + dim + " of " + headDim
                    + " elements of a head; it must be an even number from 2 on");
        }
        return dim;
    }

    /**
     * How many tokens a layer sees, each itself included: {@code sliding_window} where {@code layer_types} says so.
     *
     * @param slides whether a layer has the window where there are no {@code layer_types}
     * @return {@link AttentionOptions#NO_WINDOW} for a layer that sees all
     */
    public int window(int layer, IntPredicate slides) {
        return json.has("sliding_window") && isSliding(layer, slides) ? json.positiveInt("sliding_window") : AttentionOptions.NO_WINDOW;
    }

    /** {@link #window} where {@code use_sliding_window} is true (Qwen). */
    public int optionalWindow(int layer, IntPredicate slides) {
        return json.booleanValue("use_sliding_window", false) ? window(layer, slides) : AttentionOptions.NO_WINDOW;
    }

    /** Whether a layer is of the type {@code sliding_attention}. */
    public boolean isSliding(int layer, IntPredicate otherwise) {
        if (!json.has("layer_types")) {
            return otherwise.test(layer);
        }
        var types = json.texts("layer_types");
        if (types.size() < numHiddenLayers) {
            throw new ConfigException(json.source() + ": layer_types has " + types.size() + " entries; there must be one for each of " + numHiddenLayers + " layers");
        }
        return switch (types.get(layer)) {
            case SLIDING_ATTENTION -> true;
            case FULL_ATTENTION -> false;
            default -> throw json.wrong("layer_types", "made of " + FULL_ATTENTION + " and " + SLIDING_ATTENTION);
        };
    }

    /** The dtype of the checkpoint, where config.json tells it. */
    public Optional<DType> dtype() {
        String key = json.has("dtype") ? "dtype" : "torch_dtype";
        if (!json.has(key)) {
            return Optional.empty();
        }
        var dtype = DType.findTorchName(json.text(key)).filter(DType::isFloat);
        if (dtype.isEmpty()) {
            throw json.wrong(key, "one of float32, float16, bfloat16");
        }
        return dtype;
    }

    /** How many classes a head tells apart: as many as {@code id2label} names, else 2. */
    public int numLabels() {
        return json.has("num_labels") ? json.positiveInt("num_labels") : json.object("id2label").map(labels -> labels.keys().size()).orElse(2);
    }

    /** Ids that end a text; empty where none is given. */
    public List<Integer> eosTokenIds() {
        return json.has("eos_token_id") ? json.ints("eos_token_id") : List.of();
    }

    /** All fields, for what only one family has. */
    public JsonObject json() {
        return json;
    }

    /**
     * The activation of gated feed-forward blocks, by {@code hidden_act} or, where the family calls it so, {@code hidden_activation}.
     *
     * @throws ConfigException if it is none of silu, gelu, gelu_pytorch_tanh, quick_gelu
     */
    public Activation activation() {
        return activation(json);
    }

    /** {@link #activation()} of another object, such as a tower's. */
    public static Activation activation(JsonObject json) {
        return activation(json, json.has("hidden_activation") ? "hidden_activation" : "hidden_act");
    }

    /** {@link #activation()} by a field of another name. */
    public static Activation activation(JsonObject json, String key) {
        return switch (json.text(key)) {
            case "silu" -> Activation.SILU;
            case "gelu" -> Activation.GELU;
            case "gelu_pytorch_tanh" -> Activation.GELU_TANH;
            case "quick_gelu" -> Activation.QUICK_GELU;
            default -> throw json.wrong(key, "one of silu, gelu, gelu_pytorch_tanh, quick_gelu");
        };
    }

    /**
     * Requires that no field asks for a computation that the model does not do.
     *
     * @param supported fields that the model itself takes care of
     * @throws ConfigException naming the first such field
     */
    public void rejectUnsupported(String... supported) {
        var handled = List.of(supported);
        for (var field : RESULT_CHANGING.entrySet()) {
            String key = field.getKey();
            if (!handled.contains(key)) {
                requireNeutral(json, key, field.getValue());
                json.object("rope_parameters").or(() -> json.object("rope_scaling")).ifPresent(rope -> requireNeutral(rope, key, field.getValue()));
            }
        }
    }

    private void requireNeutral(JsonObject object, String key, Object neutral) {
        if (object.has(key) && !isNeutral(object.raw(key), neutral)) {
            throw new ConfigException(json.source() + ": " + key + " is " + object.raw(key) + ", which " + architecture()
                    + " here does not support and which would change its results");
        }
    }

    private static boolean isNeutral(String raw, Object neutral) {
        return neutral instanceof Double number ? raw.matches("-?[0-9.eE+-]+") && Double.parseDouble(raw) == number : raw.equals(String.valueOf(neutral));
    }
}
