package io.gatun.runtime.chat.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The types of a tool's parameters, for formats that write values as text.
 *
 * @param byName the JSON schema types of each parameter that has any
 */
record ParameterTypes(Map<String, List<String>> byName) {
    static final ParameterTypes NONE = new ParameterTypes(Map.of());
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> TEXT = List.of("string");

    /** Those of a schema in OpenAI's form. */
    static ParameterTypes of(Map<?, ?> schema) {
        var byName = new HashMap<String, List<String>>();
        if (schema.get("properties") instanceof Map<?, ?> properties) {
            properties.forEach((name, property) -> {
                if (property instanceof Map<?, ?> map && map.get("type") != null) {
                    byName.put(String.valueOf(name), map.get("type") instanceof List<?> several ? several.stream().map(String::valueOf).toList()
                            : List.of(String.valueOf(map.get("type"))));
                } else if (property instanceof Map<?, ?> map && (map.containsKey("anyOf") || map.containsKey("oneOf") || map.containsKey("$ref"))) {
                    byName.put(String.valueOf(name), List.of("any"));
                }
            });
        }
        return new ParameterTypes(byName);
    }

    /** A value as JSON: what its type says, or text where it is not of its type. */
    String toJson(String parameter, String value) {
        var types = byName.getOrDefault(parameter, TEXT);
        if (value.strip().equalsIgnoreCase("null")) {
            return "null";
        }
        return types.equals(TEXT) ? quote(value) : literal(types, value.strip()).orElseGet(() -> quote(value));
    }

    static String quote(String text) {
        return TextNode.valueOf(text).toString();
    }

    private static Optional<String> literal(List<String> types, String value) {
        boolean isFlag = value.equalsIgnoreCase("true") || value.equalsIgnoreCase("false");
        var json = isFlag ? value.toLowerCase(Locale.ROOT) : value;
        return read(json).filter(node -> types.contains("any") || types.stream().anyMatch(type -> fits(node, type))).map(node -> json);
    }

    private static boolean fits(JsonNode node, String type) {
        return switch (type) {
            case "integer" -> node.isIntegralNumber();
            case "number" -> node.isNumber();
            case "boolean" -> node.isBoolean();
            case "object" -> node.isObject();
            case "array" -> node.isArray();
            default -> false;
        };
    }

    private static Optional<JsonNode> read(String json) {
        try (var parser = JSON.createParser(json)) {
            JsonNode node = JSON.readTree(parser);
            return node == null || parser.nextToken() != null ? Optional.empty() : Optional.of(node);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
