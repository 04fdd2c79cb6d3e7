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
 * Brings messages in OpenAI's form into the one that chat templates expect: arguments of tool calls as objects, and a tool's result as text.
 */
public final class ChatMessages {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT = new TypeReference<>() { };

    private ChatMessages() {
    }

    /**
     * Messages for a template.
     *
     * @param blankContent whether an assistant's content that is null becomes the empty text
     * @throws ChatTemplateException if arguments are not a JSON object; it names the message
     */
    public static List<Map<String, Object>> prepare(List<Map<String, Object>> messages, boolean blankContent) {
        return IntStream.range(0, messages.size()).mapToObj(i -> prepare(messages.get(i), blankContent, i)).toList();
    }

    private static Map<String, Object> prepare(Map<String, Object> message, boolean blankContent, int index) {
        return switch (String.valueOf(message.get("role"))) {
            case "assistant" -> assistant(message, blankContent, index);
            case "tool" -> message.get("content") instanceof List<?> parts && isText(parts) ? with(message, "content", text(parts)) : message;
            default -> message;
        };
    }

    private static Map<String, Object> assistant(Map<String, Object> message, boolean blankContent, int index) {
        var result = message;
        if (message.get("tool_calls") instanceof List<?> calls) {
            result = with(result, "tool_calls", calls.stream().map(call -> call instanceof Map<?, ?> map ? call(map, index) : call).toList());
        }
        return blankContent && result.get("content") == null ? with(result, "content", "") : result;
    }

    private static Map<?, ?> call(Map<?, ?> call, int index) {
        if (call.get("function") instanceof Map<?, ?> function) {
            return with(call, "function", call(function, index));
        }
        return call.get("arguments") instanceof String json ? with(call, "arguments", arguments(json, call.get("name"), index)) : call;
    }

    private static Map<String, Object> arguments(String json, Object tool, int index) {
        if (json.strip().equals("null")) {
            return Map.of();
        }
        try {
            return json.isBlank() ? Map.of() : JSON.readerFor(OBJECT).with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).readValue(json);
        } catch (JsonProcessingException e) {
            throw new ChatTemplateException("message " + index + " has a call of the tool '" + tool + "' with the arguments " + json
                    + "; they must be a JSON object");
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
