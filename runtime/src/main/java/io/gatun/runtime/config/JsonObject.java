package io.gatun.runtime.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A JSON object with typed access, whose errors name the file and the key. */
public final class JsonObject {
    private static final ObjectMapper MAPPER = JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private final String source;
    private final String prefix;
    private final ObjectNode node;

    private JsonObject(String source, String prefix, ObjectNode node) {
        this.source = source;
        this.prefix = prefix;
        this.node = node;
    }

    /**
     * Reads a file that holds one JSON object.
     *
     * @throws ConfigException if it is missing, unreadable, malformed or no object
     */
    public static JsonObject read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new ConfigException(file + " does not exist");
        }
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (CharacterCodingException e) {
            throw new ConfigException(file + " is not UTF-8 text", e);
        } catch (IOException e) {
            throw new ConfigException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Parses one JSON object; {@code source} stands in messages. */
    public static JsonObject parse(String source, String text) {
        try {
            if (MAPPER.readTree(text) instanceof ObjectNode object) {
                return new JsonObject(source, "", object);
            }
            throw new ConfigException(source + " does not hold a JSON object");
        } catch (JsonProcessingException e) {
            throw new ConfigException(source + " is " + JsonErrors.describe(e), e);
        }
    }

    /**
     * A parsed object.
     *
     * @throws ConfigException if it is no object
     */
    public static JsonObject of(String source, JsonNode node) {
        if (node instanceof ObjectNode object) {
            return new JsonObject(source, "", object);
        }
        throw new ConfigException(source + " is " + node + "; it must be an object");
    }

    /** Where the object came from. */
    public String source() {
        return source;
    }

    /** Whether {@code key} is there, be it null. */
    public boolean mentions(String key) {
        return node.has(key);
    }

    /** Whether {@code key} is there and not null. */
    public boolean has(String key) {
        return node.hasNonNull(key);
    }

    /** Whether the value of {@code key} is a string. */
    public boolean isText(String key) {
        return node.path(key).isTextual();
    }

    /** Whether the value of {@code key} is an object. */
    public boolean isObject(String key) {
        return node.path(key).isObject();
    }

    public List<String> keys() {
        var keys = new ArrayList<String>();
        node.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    public int intValue(String key) {
        var value = required(key);
        if (!value.canConvertToInt() || !value.isIntegralNumber()) {
            throw wrong(key, value, "an integer");
        }
        return value.intValue();
    }

    public int intValue(String key, int otherwise) {
        return has(key) ? intValue(key) : otherwise;
    }

    public long longValue(String key) {
        var value = required(key);
        if (!value.canConvertToLong() || !value.isIntegralNumber()) {
            throw wrong(key, value, "an integer");
        }
        return value.longValue();
    }

    /** An integer of at least 1. */
    public int positiveInt(String key) {
        int value = intValue(key);
        if (value < 1) {
            throw wrong(key, node.get(key), "at least 1");
        }
        return value;
    }

    public int positiveInt(String key, int otherwise) {
        return has(key) ? positiveInt(key) : otherwise;
    }

    public double doubleValue(String key) {
        var value = required(key);
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw wrong(key, value, "a finite number");
        }
        return value.doubleValue();
    }

    /** A number above 0. */
    public double positiveDouble(String key) {
        double value = doubleValue(key);
        if (value <= 0) {
            throw wrong(key, node.get(key), "above 0");
        }
        return value;
    }

    public double doubleValue(String key, double otherwise) {
        return has(key) ? doubleValue(key) : otherwise;
    }

    public boolean booleanValue(String key, boolean otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        var value = node.get(key);
        if (!value.isBoolean()) {
            throw wrong(key, value, "true or false");
        }
        return value.booleanValue();
    }

    public String text(String key) {
        var value = required(key);
        if (!value.isTextual()) {
            throw wrong(key, value, "a string");
        }
        return value.textValue();
    }

    public String text(String key, String otherwise) {
        return has(key) ? text(key) : otherwise;
    }

    /** An array of strings. */
    public List<String> texts(String key) {
        var out = new ArrayList<String>();
        for (var item : array(key)) {
            if (!item.isTextual()) {
                throw wrong(key, node.get(key), "an array of strings");
            }
            out.add(item.textValue());
        }
        return out;
    }

    /** An array of integers; a single integer counts as an array of one. */
    public List<Integer> ints(String key) {
        if (required(key).isIntegralNumber()) {
            return List.of(intValue(key));
        }
        var out = new ArrayList<Integer>();
        for (var item : array(key)) {
            if (!item.isIntegralNumber() || !item.canConvertToInt()) {
                throw wrong(key, node.get(key), "an array of integers");
            }
            out.add(item.intValue());
        }
        return out;
    }

    /** An array of pairs of integers. */
    public List<List<Integer>> intPairs(String key) {
        var out = new ArrayList<List<Integer>>();
        for (var item : array(key)) {
            if (!item.isArray() || item.size() != 2 || !item.get(0).canConvertToInt() || !item.get(1).canConvertToInt()) {
                throw wrong(key, node.get(key), "an array of pairs of integers");
            }
            out.add(List.of(item.get(0).intValue(), item.get(1).intValue()));
        }
        return out;
    }

    /** An array of numbers. */
    public List<Double> doubles(String key) {
        var out = new ArrayList<Double>();
        for (var item : array(key)) {
            if (!item.isNumber()) {
                throw wrong(key, node.get(key), "an array of numbers");
            }
            out.add(item.doubleValue());
        }
        return out;
    }

    /** An array of integers that may exceed 32 bits. */
    public List<Long> longs(String key) {
        var out = new ArrayList<Long>();
        for (var item : array(key)) {
            if (!item.isIntegralNumber() || !item.canConvertToLong()) {
                throw wrong(key, node.get(key), "an array of integers");
            }
            out.add(item.longValue());
        }
        return out;
    }

    /** An array of objects. */
    public List<JsonObject> objects(String key) {
        var out = new ArrayList<JsonObject>();
        for (var item : array(key)) {
            if (!(item instanceof ObjectNode object)) {
                throw wrong(key, node.get(key), "an array of objects");
            }
            out.add(new JsonObject(source, prefix + key + ".", object));
        }
        return out;
    }

    public Optional<JsonObject> object(String key) {
        if (!has(key)) {
            return Optional.empty();
        }
        if (node.get(key) instanceof ObjectNode object) {
            return Optional.of(new JsonObject(source, prefix + key + ".", object));
        }
        throw wrong(key, node.get(key), "an object");
    }

    /** The object's own value of {@code key} as it stands in the file, for messages. */
    public String raw(String key) {
        return String.valueOf(node.get(key));
    }

    /** This object with {@code overrides} laid over it. */
    public JsonObject with(Map<String, Object> overrides) {
        var copy = node.deepCopy();
        overrides.forEach((key, value) -> copy.set(key, MAPPER.valueToTree(value)));
        return new JsonObject(source, prefix, copy);
    }

    /** This object with values for fields that it does not mention. */
    public JsonObject withDefaults(Map<String, Object> defaults) {
        var missing = new HashMap<>(defaults);
        missing.keySet().removeIf(this::mentions);
        return with(missing);
    }

    /**
     * The fields of an inner object at the top: what a language model within a larger one is described by.
     *
     * @param inner the key of the object, whose fields go before those at the top; nothing is changed where it is missing
     * @param defaults values for fields that neither has
     * @param except fields of the inner object that stay where they are
     */
    public JsonObject flattened(String inner, Map<String, Object> defaults, String... except) {
        var flat = node.deepCopy();
        object(inner).ifPresent(object -> object.node.properties().stream().filter(field -> !List.of(except).contains(field.getKey()))
                .forEach(field -> flat.set(field.getKey(), field.getValue())));
        defaults.forEach((key, value) -> {
            if (!flat.has(key)) {
                flat.set(key, MAPPER.valueToTree(value));
            }
        });
        return new JsonObject(source, prefix, flat);
    }

    /** An error about the value of {@code key}: {@code config.json: hidden_act is "relu"; it must be …}. */
    public ConfigException wrong(String key, String mustBe) {
        return new ConfigException(source + ": " + prefix + key + " is " + raw(key) + "; it must be " + mustBe);
    }

    private ConfigException wrong(String key, JsonNode value, String mustBe) {
        return new ConfigException(source + ": " + prefix + key + " is " + value + "; it must be " + mustBe);
    }

    private JsonNode required(String key) {
        if (!has(key)) {
            throw new ConfigException(source + " lacks '" + prefix + key + "', which is needed");
        }
        return node.get(key);
    }

    private JsonNode array(String key) {
        var value = required(key);
        if (!value.isArray()) {
            throw wrong(key, value, "an array");
        }
        return value;
    }
}
