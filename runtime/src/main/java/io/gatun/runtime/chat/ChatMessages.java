package io.gatun.runtime.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Brings messages in OpenAI's form into the one that a chat template expects.
 *
 * @param argumentsAsText whether arguments of tool calls are JSON text, which few templates expect; otherwise they are objects
 * @param blankContent whether an assistant's missing content is the empty text; otherwise it is null where there are tool calls
 */
record ChatMessages(boolean argumentsAsText, boolean blankContent) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT = new TypeReference<>() { };
    private static final String CONTENT = "content";
    private static final String CALLS = "tool_calls";
    private static final String ARGUMENTS = "arguments";

    /** @throws ChatTemplateException if arguments are not a JSON object; it names the message */
    List<Map<String, Object>> prepare(List<Map<String, Object>> messages) {
        return IntStream.range(0, messages.size()).mapToObj(i -> prepare(messages.get(i), i)).toList();
    }

    private Map<String, Object> prepare(Map<String, Object> message, int index) {
        return switch (String.valueOf(message.get("role"))) {
            case "assistant" -> assistant(message, index);
            case "tool" -> message.get(CONTENT) instanceof List<?> parts && isText(parts) ? with(message, CONTENT, text(parts)) : message;
            default -> message;
        };
    }

    private Map<String, Object> assistant(Map<String, Object> message, int index) {
        boolean isMissing = message.get(CONTENT) == null || message.get(CONTENT).equals("");
        boolean hasCalls = message.get(CALLS) instanceof List<?> calls && !calls.isEmpty();
        var result = isMissing && (blankContent || hasCalls) ? with(message, CONTENT, blankContent ? "" : null) : message;
        return message.get(CALLS) instanceof List<?> calls
                ? with(result, CALLS, calls.stream().map(call -> call instanceof Map<?, ?> map ? call(map, index) : call).toList()) : result;
    }

    private Map<?, ?> call(Map<?, ?> call, int index) {
        if (call.get("function") instanceof Map<?, ?> function) {
            return with(call, "function", call(function, index));
        }
        return switch (call.get(ARGUMENTS)) {
            case String json when !argumentsAsText -> with(call, ARGUMENTS, object(json, call.get("name"), index));
            case Map<?, ?> object when argumentsAsText -> with(call, ARGUMENTS, text(object));
            case null, default -> call;
        };
    }

    private static Map<String, Object> object(String json, Object tool, int index) {
        if (json.isBlank()) {
            return Map.of();
        }
        try {
            Map<String, Object> object = JSON.readerFor(OBJECT).with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).readValue(json);
            if (object != null) {
                return object;
            }
        } catch (JsonProcessingException e) {
            throw malformed(json, tool, index);
        }
        throw malformed(json, tool, index);
    }

    private static ChatTemplateException malformed(String json, Object tool, int index) {
        return new ChatTemplateException("message " + index + " has a call of the tool '" + tool + "' with the arguments " + json
                + "; they must be a JSON object");
    }

    private static String text(Map<?, ?> object) {
        try {
            return JSON.writeValueAsString(object);
        } catch (JsonProcessingException e) {
            throw new ChatTemplateException("the arguments " + object + " of a tool call cannot be written as JSON: " + e.getOriginalMessage());
        }
    }

    private static boolean isText(List<?> parts) {
        return parts.stream().allMatch(part -> part instanceof String || part instanceof Map<?, ?> map && "text".equals(map.get("type")));
    }

    private static String text(List<?> parts) {
        return String.join(" ", parts.stream().map(part -> part instanceof Map<?, ?> map ? String.valueOf(map.get("text")) : part.toString()).toList());
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> with(Map<?, ?> map, String key, Object value) {
        var copy = new LinkedHashMap<>((Map<String, Object>) map);
        copy.put(key, value);
        return copy;
    }
}
