package io.gatun.runtime.sampling;

import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * How a model's authors want texts to be continued: {@code generation_config.json} (SGLang's {@code sampling_defaults} "model").
 *
 * @param defaults SGLang's defaults with the file's temperature, top_p, top_k, min_p and repetition_penalty; greedy where do_sample is false
 * @param eosIds the ids that end a text: the file adds some to those of config.json, above all for chat models
 */
public record GenerationConfig(SamplingParams defaults, Set<Integer> eosIds) {

    /**
     * Reads the file of a model folder, where there is one.
     *
     * @throws ConfigException if it is malformed or has a value of the wrong type or out of range
     */
    public static GenerationConfig load(Path modelPath, ModelConfig config) {
        var eosIds = new HashSet<>(config.eosTokenIds());
        var file = modelPath.resolve("generation_config.json");
        if (!Files.exists(file)) {
            return new GenerationConfig(SamplingParams.builder().build(), Set.copyOf(eosIds));
        }
        var json = JsonObject.read(file);
        if (json.has("eos_token_id")) {
            eosIds.addAll(json.ints("eos_token_id"));
        }
        return new GenerationConfig(defaults(json), Set.copyOf(eosIds));
    }

    private static SamplingParams defaults(JsonObject json) {
        int topK = json.intValue("top_k", -1);
        var builder = SamplingParams.builder().temperature(json.doubleValue("temperature", 1)).topP(json.doubleValue("top_p", 1))
                .topK(topK == 0 ? -1 : topK).minP(json.doubleValue("min_p", 0)).repetitionPenalty(json.doubleValue("repetition_penalty", 1));
        if (!json.booleanValue("do_sample", true)) {
            builder.temperature(0);
        }
        try {
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw new ConfigException(json.source() + ": " + e.getMessage(), e);
        }
    }
}
