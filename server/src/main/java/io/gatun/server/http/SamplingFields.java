package io.gatun.server.http;

import io.gatun.runtime.grammar.Grammar;
import io.gatun.runtime.sampling.SamplingParams;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Sampling parameters under OpenAI's names, with SGLang's additions. Each is checked on its own, so that an error names its field. */
public final class SamplingFields {
    /** What can say how the text must look; only one of them may. */
    private static final List<String> GRAMMARS = List.of("response_format", "json_schema", "regex", "ebnf");

    private final Map<String, Setter> setters = new LinkedHashMap<>();

    /** Takes a field over. */
    @FunctionalInterface
    interface Setter {
        void set(Fields body, String key, SamplingParams.Builder params);
    }

    /**
     * Those of one endpoint.
     *
     * @param maxTokensNames what the most new tokens are called
     * @param maxOutputTokens the most that may be asked for
     */
    public SamplingFields(List<String> maxTokensNames, Optional<Integer> maxOutputTokens) {
        maxTokensNames.forEach(name -> setters.put(name, (body, key, params) -> {
            int tokens = body.integer(key);
            if (maxOutputTokens.isPresent() && tokens > maxOutputTokens.get()) {
                throw ApiException.invalid(key, "'" + key + "' is " + tokens + "; this server gives at most " + maxOutputTokens.get());
            }
            params.maxNewTokens(tokens);
        }));
        setters.put("min_tokens", (body, key, params) -> params.minNewTokens(body.integer(key)));
        setters.put("temperature", (body, key, params) -> params.temperature(body.number(key)));
        setters.put("top_p", (body, key, params) -> params.topP(body.number(key)));
        setters.put("top_k", (body, key, params) -> params.topK(body.integer(key)));
        setters.put("min_p", (body, key, params) -> params.minP(body.number(key)));
        setters.put("frequency_penalty", (body, key, params) -> params.frequencyPenalty(body.number(key)));
        setters.put("presence_penalty", (body, key, params) -> params.presencePenalty(body.number(key)));
        setters.put("repetition_penalty", (body, key, params) -> params.repetitionPenalty(body.number(key)));
        setters.put("logit_bias", (body, key, params) -> params.logitBias(logitBias(body.object(key))));
        setters.put("stop", (body, key, params) -> params.stop(body.texts(key)));
        setters.put("stop_token_ids", (body, key, params) -> params.stopTokenIds(ids(body.integers(key))));
        setters.put("ignore_eos", (body, key, params) -> params.ignoreEos(body.flag(key, false)));
        setters.put("skip_special_tokens", (body, key, params) -> params.skipSpecialTokens(body.flag(key, true)));
        setters.put("no_stop_trim", (body, key, params) -> params.noStopTrim(body.flag(key, false)));
        setters.put("n", (body, key, params) -> params.n(body.integer(key)));
        setters.put("seed", (body, key, params) -> params.samplingSeed(body.longInteger(key)));
        setters.put("extra_key", (body, key, params) -> params.extraKey(body.text(key)));
        setters.put("cache_salt", (body, key, params) -> params.extraKey(body.text(key)));
        setters.put("response_format", (body, key, params) -> responseFormat(body.object(key)).ifPresent(params::grammar));
        setters.put("json_schema", (body, key, params) -> params.grammar(jsonSchema(body, key)));
        setters.put("regex", (body, key, params) -> params.grammar(new Grammar.Regex(body.text(key))));
        setters.put("ebnf", (body, key, params) -> params.grammar(new Grammar.Ebnf(body.text(key))));
    }

    /** The names of the fields. */
    public Set<String> names() {
        return new TreeSet<>(setters.keySet());
    }

    /**
     * The parameters of a body.
     *
     * @throws ApiException naming a field that is of the wrong type, out of range, or contradicts another
     */
    public SamplingParams read(Fields body, SamplingParams defaults) {
        requireOneGrammar(body);
        var params = defaults.toBuilder();
        setters.forEach((key, setter) -> {
            if (body.has(key)) {
                setter.set(body, key, params);
                check(body.name(key), params);
            }
        });
        return params.build();
    }

    /** Holds what was set last responsible for what is wrong. */
    public static void check(String name, SamplingParams.Builder params) {
        try {
            params.build();
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid(name, "invalid_value", "'" + name + "': " + e.getMessage());
        }
    }

    private static void requireOneGrammar(Fields body) {
        var given = GRAMMARS.stream().filter(body::has)
                .filter(key -> !key.equals("response_format") || !"text".equals(body.json().path(key).path("type").asText())).toList();
        if (given.size() > 1) {
            throw ApiException.invalid(given.get(1), "'" + given.get(1) + "' and '" + given.get(0) + "' both say what the text must be; only one may");
        }
    }

    private static Optional<Grammar> responseFormat(Fields format) {
        String type = format.text("type");
        return switch (type) {
            case "text" -> Optional.empty();
            case "json_object" -> Optional.of(Grammar.jsonObject());
            case "json_schema" -> {
                var schema = format.object("json_schema");
                if (!schema.node("schema").isObject() && !schema.node("schema").isBoolean()) {
                    throw schema.wrong("schema", "a JSON schema");
                }
                yield Optional.of(new Grammar.JsonSchema(schema.node("schema").toString()));
            }
            default -> throw format.wrong("type", "text, json_object or json_schema");
        };
    }

    private static Grammar jsonSchema(Fields body, String key) {
        String schema = body.node(key).isTextual() ? body.text(key) : body.node(key).toString();
        if (Json.parse(schema).filter(found -> found.isObject() || found.isBoolean()).isEmpty()) {
            throw body.wrong(key, "a JSON schema");
        }
        return new Grammar.JsonSchema(schema);
    }

    private static Map<Integer, Float> logitBias(Fields body) {
        var biases = new HashMap<Integer, Float>();
        for (String key : body.keys()) {
            if (!key.matches("[0-9]{1,9}")) {
                throw ApiException.invalid("logit_bias", "'logit_bias' has the key '" + key + "', which is no token id");
            }
            biases.put(Integer.parseInt(key), (float) body.number(key));
        }
        return biases;
    }

    private static Set<Integer> ids(int[] values) {
        var set = new HashSet<Integer>();
        for (int value : values) {
            set.add(value);
        }
        return set;
    }
}
