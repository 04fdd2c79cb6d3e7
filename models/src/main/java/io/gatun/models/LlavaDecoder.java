package io.gatun.models;

import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.weights.WeightSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;

/** The language models that a LLaVA may have, by {@code model_type} of {@code text_config}, with what their classes of configurations assume. */
enum LlavaDecoder {
    LLAMA(LlamaForCausalLM::model, Map.of("vocab_size", 32_000, "intermediate_size", 11_008, "max_position_embeddings", 2048)),
    MISTRAL(MistralForCausalLM::model, Map.of("vocab_size", 32_000, "intermediate_size", 14_336, "max_position_embeddings", 131_072, "num_key_value_heads", 8,
            "sliding_window", 4096)),
    QWEN2(Qwen2ForCausalLM::model, Map.of("vocab_size", 151_936, "intermediate_size", 22_016, "max_position_embeddings", 32_768, "max_window_layers", 28,
            "sliding_window", 4096)),
    QWEN3(Qwen3ForCausalLM::model, Map.of("vocab_size", 151_936, "intermediate_size", 22_016, "max_position_embeddings", 32_768, "max_window_layers", 28,
            "sliding_window", 4096, "head_dim", 128));

    private static final Map<String, Object> COMMON = Map.of("hidden_size", 4096, "num_hidden_layers", 32, "num_attention_heads", 32, "hidden_act", "silu",
            "rms_norm_eps", 1e-6, "rope_theta", 10_000.0);
    private static final String MODEL_TYPE = "model_type";

    private final BiFunction<ModelConfig, WeightSource, DecoderModel> model;
    private final Map<String, Object> defaults;

    LlavaDecoder(BiFunction<ModelConfig, WeightSource, DecoderModel> model, Map<String, Object> defaults) {
        this.model = model;
        this.defaults = defaults;
    }

    /** The decoder that config.json names. */
    static DecoderModel load(ModelConfig config, WeightSource weights) {
        return of(config.json(), "llama").model.apply(config, VlmScopes.decoder(weights));
    }

    /**
     * config.json with what the classes of its parts assume.
     *
     * @param modelType of a {@code text_config} that names none
     * @param family what the class of the whole assumes
     */
    static JsonObject complete(JsonObject json, String modelType, Map<String, Object> family) {
        var defaults = new HashMap<>(COMMON);
        defaults.putAll(of(json, modelType).defaults);
        defaults.putAll(family);
        return VisionLanguageModel.complete(json, defaults);
    }

    private static LlavaDecoder of(JsonObject json, String otherwise) {
        var text = json.object("text_config");
        return switch (text.map(inner -> inner.text(MODEL_TYPE, otherwise)).orElse(otherwise)) {
            case "llama" -> LLAMA;
            case "mistral" -> MISTRAL;
            case "qwen2" -> QWEN2;
            case "qwen3" -> QWEN3;
            default -> throw text.orElse(json).wrong(MODEL_TYPE, "one of llama, mistral, qwen2, qwen3");
        };
    }
}
