package io.gatun.server.http.sglang;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.server.http.ApiException;
import io.gatun.server.http.Fields;
import io.gatun.server.http.Json;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;

/** SGLang's {@code sampling_params}. */
final class NativeSampling {
    /** What SGLang's clients send and nothing comes of. */
    private static final Set<String> WITHOUT_EFFECT = Set.of("spaces_between_special_tokens", "stream_interval");
    private static final Set<String> GRAMMARS = Set.of("json_schema", "regex", "ebnf");

    private NativeSampling() {
    }

    /**
     * Takes parameters one by one, so that an error names its field.
     *
     * @throws ApiException naming what is unknown, of the wrong type or out of range
     */
    static SamplingParams read(Fields fields, SamplingParams defaults, Optional<Integer> maxOutputTokens) {
        int most = maxOutputTokens.orElse(Integer.MAX_VALUE);
        var params = defaults.toBuilder().maxNewTokens(Math.min(defaults.maxNewTokens(), most)).build();
        var keys = fields.keys().stream().filter(key -> fields.has(key) && !WITHOUT_EFFECT.contains(key))
                .sorted(Comparator.comparing((String key) -> !key.equals("max_new_tokens")).thenComparing(Comparator.naturalOrder())).toList();
        if (keys.stream().filter(GRAMMARS::contains).count() > 1) {
            throw ApiException.invalid(fields.name("json_schema"), "only one of json_schema, regex and ebnf may say what the text must be");
        }
        for (String key : keys) {
            params = with(params, key, fields);
        }
        if (params.maxNewTokens() > most) {
            throw ApiException.invalid(fields.name("max_new_tokens"), "max_new_tokens is " + params.maxNewTokens() + "; this server gives at most " + most);
        }
        return params;
    }

    private static SamplingParams with(SamplingParams params, String key, Fields fields) {
        ObjectNode one = Json.object();
        one.set(key, fields.json().get(key));
        try {
            return SamplingParams.fromJson(one, params);
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid(fields.name(key), e.getMessage());
        }
    }
}
