package io.gatun.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The fields of a request's JSON object. A field of the wrong type is an {@link ApiException} that names it; {@code null} counts as not given. */
public final class Fields {
    private static final int MOST_SHOWN = 60;

    private final ObjectNode node;
    private final String path;

    Fields(ObjectNode node, String path) {
        this.node = node;
        this.path = path;
    }

    /** Whether the field is there and not null. */
    public boolean has(String key) {
        return node.hasNonNull(key);
    }

    /** The names of the fields. */
    public Set<String> keys() {
        return node.properties().stream().map(java.util.Map.Entry::getKey).collect(Collectors.toUnmodifiableSet());
    }

    /** The object itself. */
    public ObjectNode json() {
        return node;
    }

    /** The field's full name, such as {@code messages[0].role}. */
    public String name(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** The field, which must be there. */
    public JsonNode node(String key) {
        if (!has(key)) {
            throw ApiException.invalid(name(key), "missing_required_parameter", "'" + name(key) + "' is missing");
        }
        return node.get(key);
    }

    public String text(String key) {
        return text(node(key), name(key));
    }

    public Optional<String> optionalText(String key) {
        return has(key) ? Optional.of(text(key)) : Optional.empty();
    }

    public boolean flag(String key, boolean otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        if (!node.get(key).isBoolean()) {
            throw wrong(key, "true or false");
        }
        return node.get(key).booleanValue();
    }

    public int integer(String key) {
        return integer(node(key), name(key));
    }

    public int integer(String key, int otherwise) {
        return has(key) ? integer(key) : otherwise;
    }

    /** An integer of 64 bits. */
    public long longInteger(String key) {
        if (!node(key).isIntegralNumber() || !node(key).canConvertToLong()) {
            throw wrong(key, "an integer");
        }
        return node.get(key).longValue();
    }

    public double number(String key) {
        if (!node(key).isNumber()) {
            throw wrong(key, "a number");
        }
        return node.get(key).doubleValue();
    }

    /** An object of its own. */
    public Fields object(String key) {
        return object(node(key), name(key));
    }

    /** A list of objects. */
    public List<Fields> objects(String key) {
        var all = new ArrayList<Fields>();
        var array = array(key);
        for (int i = 0; i < array.size(); i++) {
            all.add(object(array.get(i), name(key) + "[" + i + "]"));
        }
        return all;
    }

    /** A text, or a list of them. */
    public List<String> texts(String key) {
        if (node(key).isTextual()) {
            return List.of(text(key));
        }
        var all = new ArrayList<String>();
        var array = array(key);
        for (int i = 0; i < array.size(); i++) {
            all.add(text(array.get(i), name(key) + "[" + i + "]"));
        }
        return all;
    }

    /** A list of integers. */
    public int[] integers(String key) {
        return integers(node(key), name(key));
    }

    /** A list of whatever. */
    public JsonNode array(String key) {
        if (!node(key).isArray()) {
            throw wrong(key, "a list");
        }
        return node.get(key);
    }

    /** The error that the field must be otherwise. */
    public ApiException wrong(String key, String expected) {
        return wrong(node.path(key), name(key), expected);
    }

    /** Refuses a field, unless it is absent or says what holds anyway. */
    public void refuse(String key, String why) {
        if (has(key)) {
            throw ApiException.invalid(name(key), "unsupported_parameter", "'" + name(key) + "' is not supported" + (why.isEmpty() ? "" : ": " + why));
        }
    }

    /** Of a value that is a text. */
    public static String text(JsonNode value, String name) {
        if (!value.isTextual()) {
            throw wrong(value, name, "a text");
        }
        return requireUnicode(value.textValue(), name);
    }

    /** Of a value that is an integer of 32 bits. */
    public static int integer(JsonNode value, String name) {
        boolean whole = value.isIntegralNumber() || value.isNumber() && value.doubleValue() == Math.rint(value.doubleValue());
        if (!whole || !value.canConvertToInt()) {
            throw wrong(value, name, "an integer");
        }
        return value.intValue();
    }

    /** Of a value that is a list of integers. */
    public static int[] integers(JsonNode value, String name) {
        if (!value.isArray()) {
            throw wrong(value, name, "a list of integers");
        }
        int[] all = new int[value.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = integer(value.get(i), name + "[" + i + "]");
        }
        return all;
    }

    /** Of a value that is an object. */
    public static Fields object(JsonNode value, String name) {
        if (value instanceof ObjectNode object) {
            return new Fields(object, name);
        }
        throw wrong(value, name, "an object");
    }

    private static ApiException wrong(JsonNode value, String name, String expected) {
        return ApiException.invalid(name, "invalid_type", "'" + name + "' is " + shown(value) + "; it must be " + expected);
    }

    private static String shown(JsonNode value) {
        if (value.isContainerNode() || value.getNodeType() == JsonNodeType.MISSING) {
            return value.isObject() ? "an object" : value.isArray() ? "a list" : "missing";
        }
        String text = value.toString();
        return text.length() <= MOST_SHOWN ? text : "a " + value.getNodeType().name().toLowerCase(Locale.ROOT) + " of " + text.length() + " characters";
    }

    private static String requireUnicode(String text, String name) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw ApiException.invalid(name, "'" + name + "' has a surrogate without its other half at " + i + "; it must be well-formed Unicode");
            }
        }
        return text;
    }
}
