package io.gatun.langchain4j;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.json.JsonAnyOfSchema;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonBooleanSchema;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonNullSchema;
import dev.langchain4j.model.chat.request.json.JsonNumberSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonReferenceSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** LangChain4j's schemas as JSON schemas. */
final class JsonSchemas {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() { };

    private JsonSchemas() {
    }

    /**
     * A schema as maps and lists.
     *
     * @param closed whether objects that name properties and do not say otherwise have no others, so that a model is not let to make some up; one that names
     *     none stands for a map
     */
    static Map<String, Object> toMap(JsonSchemaElement element, boolean closed) {
        return switch (element) {
            case JsonObjectSchema object -> object(object, closed);
            case JsonArraySchema array -> {
                var map = typed("array", array.description());
                if (array.items() != null) {
                    map.put("items", toMap(array.items(), closed));
                }
                yield map;
            }
            case JsonEnumSchema choice -> {
                var map = typed("string", choice.description());
                map.put("enum", List.copyOf(choice.enumValues()));
                yield map;
            }
            case JsonAnyOfSchema anyOf -> {
                var map = described(anyOf.description());
                map.put("anyOf", anyOf.anyOf().stream().map(option -> toMap(option, closed)).toList());
                yield map;
            }
            case JsonReferenceSchema reference -> Map.of("$ref", "#/$defs/" + reference.reference());
            case JsonStringSchema text -> typed("string", text.description());
            case JsonIntegerSchema whole -> typed("integer", whole.description());
            case JsonNumberSchema number -> typed("number", number.description());
            case JsonBooleanSchema truth -> typed("boolean", truth.description());
            case JsonNullSchema none -> typed("null", null);
            case JsonRawSchema raw -> parsed(raw.schema());
            default -> throw new UnsupportedFeatureException("schemas of the kind " + element.getClass().getSimpleName() + " are not supported");
        };
    }

    /** A schema as JSON text, its objects closed. */
    static String toJson(JsonSchemaElement element) {
        return element instanceof JsonRawSchema raw ? raw.schema() : toJson(toMap(element, true));
    }

    static String toJson(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("maps and lists are always JSON", e);
        }
    }

    /** An object's text; as it is where it is none. */
    static Object parsedIfObject(String json) {
        try {
            return JSON.readValue(json, OBJECT);
        } catch (JsonProcessingException e) {
            return json;
        }
    }

    private static Map<String, Object> parsed(String schema) {
        try {
            return JSON.readValue(schema, OBJECT);
        } catch (JsonProcessingException e) {
            throw new InvalidRequestException("a raw schema is no JSON object: " + e.getOriginalMessage(), e);
        }
    }

    private static Map<String, Object> object(JsonObjectSchema object, boolean closed) {
        var map = typed("object", object.description());
        var properties = new LinkedHashMap<String, Object>();
        object.properties().forEach((name, element) -> properties.put(name, toMap(element, closed)));
        map.put("properties", properties);
        if (!object.required().isEmpty()) {
            map.put("required", List.copyOf(object.required()));
        }
        if (object.additionalProperties() != null || closed && !properties.isEmpty()) {
            map.put("additionalProperties", Boolean.TRUE.equals(object.additionalProperties()));
        }
        if (!object.definitions().isEmpty()) {
            var definitions = new LinkedHashMap<String, Object>();
            object.definitions().forEach((name, element) -> definitions.put(name, toMap(element, closed)));
            map.put("$defs", definitions);
        }
        return map;
    }

    private static Map<String, Object> typed(String type, String description) {
        var map = new LinkedHashMap<String, Object>();
        map.put("type", type);
        map.putAll(described(description));
        return map;
    }

    private static Map<String, Object> described(String description) {
        var map = new LinkedHashMap<String, Object>();
        if (description != null) {
            map.put("description", description);
        }
        return map;
    }
}
