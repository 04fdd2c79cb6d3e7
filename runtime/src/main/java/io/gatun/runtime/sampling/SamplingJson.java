package io.gatun.runtime.sampling;

import com.fasterxml.jackson.databind.JsonNode;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.grammar.Grammar;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Sampling parameters as JSON has them, under SGLang's names. */
final class SamplingJson {
    private static final Map<String, Reader> READERS = Collections.unmodifiableMap(readers());
    private static final int MOST_SUGGESTIONS = 3;

    private SamplingJson() {
    }

    /** Takes the value of {@code key} over into {@code builder}. */
    private interface Reader {
        void read(JsonObject json, String key, SamplingParams.Builder builder);
    }

    static SamplingParams read(JsonNode node, SamplingParams defaults) {
        var builder = defaults.toBuilder();
        try {
            var json = JsonObject.of("sampling params", node);
            for (var key : json.keys()) {
                var reader = READERS.get(key);
                if (reader == null) {
                    throw unknown(key);
                }
                if (json.has(key)) {
                    reader.read(json, key, builder);
                }
            }
        } catch (ConfigException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        return builder.build();
    }

    private static Map<String, Reader> readers() {
        var readers = new TreeMap<String, Reader>();
        readers.put("max_new_tokens", (json, key, to) -> to.maxNewTokens(json.intValue(key)));
        readers.put("min_new_tokens", (json, key, to) -> to.minNewTokens(json.intValue(key)));
        readers.put("temperature", (json, key, to) -> to.temperature(json.doubleValue(key)));
        readers.put("top_p", (json, key, to) -> to.topP(json.doubleValue(key)));
        readers.put("top_k", (json, key, to) -> to.topK(json.intValue(key)));
        readers.put("min_p", (json, key, to) -> to.minP(json.doubleValue(key)));
        readers.put("frequency_penalty", (json, key, to) -> to.frequencyPenalty(json.doubleValue(key)));
        readers.put("presence_penalty", (json, key, to) -> to.presencePenalty(json.doubleValue(key)));
        readers.put("repetition_penalty", (json, key, to) -> to.repetitionPenalty(json.doubleValue(key)));
        readers.put("logit_bias", (json, key, to) -> to.logitBias(logitBias(json.object(key).orElseThrow())));
        readers.put("stop", (json, key, to) -> to.stop(json.isText(key) ? List.of(json.text(key)) : json.texts(key)));
        readers.put("stop_token_ids", (json, key, to) -> to.stopTokenIds(Set.copyOf(json.ints(key))));
        readers.put("ignore_eos", (json, key, to) -> to.ignoreEos(json.booleanValue(key, false)));
        readers.put("skip_special_tokens", (json, key, to) -> to.skipSpecialTokens(json.booleanValue(key, false)));
        readers.put("no_stop_trim", (json, key, to) -> to.noStopTrim(json.booleanValue(key, false)));
        readers.put("n", (json, key, to) -> to.n(json.intValue(key)));
        readers.put("sampling_seed", (json, key, to) -> to.samplingSeed(json.longValue(key)));
        readers.put("return_logprob", (json, key, to) -> to.returnLogprob(json.booleanValue(key, false)));
        readers.put("logprob_start_len", (json, key, to) -> to.logprobStartLen(json.intValue(key)));
        readers.put("top_logprobs_num", (json, key, to) -> to.topLogprobsNum(json.intValue(key)));
        readers.put("json_schema", (json, key, to) -> to.grammar(new Grammar.JsonSchema(json.text(key))));
        readers.put("regex", (json, key, to) -> to.grammar(new Grammar.Regex(json.text(key))));
        readers.put("ebnf", (json, key, to) -> to.grammar(new Grammar.Ebnf(json.text(key))));
        readers.put("extra_key", (json, key, to) -> to.extraKey(json.text(key)));
        return readers;
    }

    private static Map<Integer, Float> logitBias(JsonObject json) {
        var biases = new HashMap<Integer, Float>();
        for (var key : json.keys()) {
            try {
                biases.put(Integer.parseInt(key), (float) json.doubleValue(key));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(json.source() + ": logit_bias has the key '" + key + "', which is no token id", e);
            }
        }
        return biases;
    }

    private static IllegalArgumentException unknown(String key) {
        int far = key.length() / 3 + 1;
        var near = READERS.keySet().stream().filter(name -> distance(key, name) <= far)
                .sorted(Comparator.comparingInt(name -> distance(key, name))).limit(MOST_SUGGESTIONS).toList();
        return new IllegalArgumentException("'" + key + "' is no sampling parameter; "
                + (near.isEmpty() ? "they are " + String.join(", ", READERS.keySet()) : "near it are " + String.join(", ", near)));
    }

    /** How many characters must be changed, added or dropped to make one of the other (Levenshtein). */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
