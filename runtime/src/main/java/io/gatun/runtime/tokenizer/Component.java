package io.gatun.runtime.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A JSON object of a tokenizer file together with where it stands, so that every error can say so. */
record Component(String place, JsonNode json) {

    String type() {
        return text("type");
    }

    boolean has(String field) {
        return json.hasNonNull(field);
    }

    String text(String field) {
        var value = json.path(field);
        if (!value.isTextual()) {
            throw wrong(field, "a string");
        }
        return value.textValue();
    }

    boolean flag(String field, boolean otherwise) {
        if (!has(field)) {
            return otherwise;
        }
        if (!json.get(field).isBoolean()) {
            throw wrong(field, "true or false");
        }
        return json.get(field).booleanValue();
    }

    /** A non-negative number below 2³¹. */
    int number(String field) {
        var value = json.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0) {
            throw wrong(field, "a number from 0 to " + Integer.MAX_VALUE);
        }
        return value.intValue();
    }

    /** A string of one character. */
    int codePoint(String field) {
        var value = text(field);
        if (value.codePointCount(0, value.length()) != 1) {
            throw wrong(field, "a string of one character");
        }
        return value.codePointAt(0);
    }

    <E> E choice(String field, E[] choices, Function<E, String> name, E otherwise) {
        if (!has(field)) {
            return otherwise;
        }
        var wanted = text(field);
        return Arrays.stream(choices).filter(c -> name.apply(c).equals(wanted)).findFirst().orElseThrow(
                () -> wrong(field, Arrays.stream(choices).map(name).collect(Collectors.joining(" or "))));
    }

    Component child(String field) {
        if (!json.path(field).isObject()) {
            throw wrong(field, "an object");
        }
        return new Component(place + "." + field, json.get(field));
    }

    List<Component> children(String field) {
        if (!json.path(field).isArray()) {
            throw wrong(field, "an array");
        }
        var children = new ArrayList<Component>();
        for (var element : json.get(field)) {
            var at = place + "." + field + "[" + children.size() + "]";
            if (!element.isObject()) {
                throw new TokenizerException(at + " must be an object, not " + shown(element));
            }
            children.add(new Component(at, element));
        }
        return children;
    }

    TokenizerException unsupportedType(String supported) {
        return error("type " + type() + " is not supported; supported are " + supported);
    }

    TokenizerException error(String message) {
        return new TokenizerException(place + ": " + message);
    }

    private TokenizerException wrong(String field, String right) {
        return error(field + " must be " + right + (json.has(field) ? ", not " + shown(json.get(field)) : "; it is missing"));
    }

    private static String shown(JsonNode value) {
        var text = value.toString();
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }
}
