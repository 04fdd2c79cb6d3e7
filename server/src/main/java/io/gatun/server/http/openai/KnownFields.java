package io.gatun.server.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.gatun.server.http.ApiException;
import io.gatun.server.http.Fields;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Which fields an endpoint takes. As with OpenAI, a field that nobody knows is an error, and so is one that would change the answer but cannot be honoured. */
final class KnownFields {
    /** OpenAI's and SGLang's fields that change nothing in the answer. */
    private static final Set<String> WITHOUT_EFFECT = Set.of("user", "store", "metadata", "service_tier", "prompt_cache_key", "prompt_cache_retention",
            "safety_identifier", "verbosity", "prediction", "priority", "custom_labels", "routed_dp_rank", "data_parallel_rank", "stream_reasoning");
    private static final Map<String, String> UNSUPPORTED = Map.ofEntries(Map.entry("functions", "use 'tools'"), Map.entry("function_call", "use 'tool_choice'"),
            Map.entry("audio", "the answer is text"), Map.entry("web_search_options", ""), Map.entry("suffix", ""), Map.entry("lora_path", ""),
            Map.entry("stop_regex", ""), Map.entry("session_params", ""), Map.entry("session_id", ""), Map.entry("custom_logit_processor", ""),
            Map.entry("custom_params", ""), Map.entry("return_hidden_states", ""), Map.entry("return_routed_experts", ""), Map.entry("structural_tag", ""),
            Map.entry("bootstrap_host", ""), Map.entry("bootstrap_port", ""), Map.entry("bootstrap_room", ""), Map.entry("max_dynamic_patch", ""),
            Map.entry("min_dynamic_patch", ""), Map.entry("use_audio_in_video", ""), Map.entry("images_config", ""), Map.entry("continue_final_message", ""));

    private final Set<String> known;

    KnownFields(Set<String> own) {
        known = new HashSet<>(own);
        known.addAll(WITHOUT_EFFECT);
    }

    /**
     * Checks the fields of a body.
     *
     * @throws ApiException naming one that is not taken
     */
    void check(Fields body) {
        for (String key : body.keys()) {
            if (known.contains(key) || !says(body.json().get(key))) {
                continue;
            }
            if (UNSUPPORTED.containsKey(key)) {
                body.refuse(key, UNSUPPORTED.get(key));
            }
            throw ApiException.invalid(key, "unknown_parameter", "'" + key + "' is no field of this request");
        }
    }

    /** Whether a value asks for anything. */
    private static boolean says(JsonNode value) {
        return !value.isNull() && !(value.isBoolean() && !value.booleanValue()) && !(value.isContainerNode() && value.isEmpty());
    }
}
