package io.gatun.server.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** JSON of requests and answers. */
public final class Json {
    private static final int DEEPEST = 200;
    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST).maxStringLength(Integer.MAX_VALUE).build()).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
    private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() { };

    private Json() {
    }

    /** An object to be filled. */
    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** A list to be filled. */
    public static ArrayNode array() {
        return MAPPER.createArrayNode();
    }

    /** A list of numbers. */
    public static ArrayNode array(int[] values) {
        var array = MAPPER.createArrayNode();
        for (int value : values) {
            array.add(value);
        }
        return array;
    }

    /** As templates take it. */
    public static Map<String, Object> map(JsonNode object) {
        return MAPPER.convertValue(object, MAP);
    }

    /** Parses what a model or a client has put into a text; empty if that is no JSON. */
    public static Optional<JsonNode> parse(String text) {
        try {
            return Optional.of(MAPPER.readTree(text));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    /** JSON text in UTF-8. */
    public static byte[] bytes(JsonNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An error in OpenAI's form. */
    public static ObjectNode error(ApiException e) {
        var error = object().put("message", e.getMessage()).put("type", e.type()).put("param", e.param().orElse(null)).put("code", e.code().orElse(null));
        return object().set("error", error);
    }

    /**
     * Parses a request's body.
     *
     * @throws ApiException if it is no JSON object
     */
    static Fields fields(byte[] body) {
        try {
            if (MAPPER.readTree(body) instanceof ObjectNode object) {
                return new Fields(object, "");
            }
            throw ApiException.badRequest("the body must be a JSON object");
        } catch (JsonProcessingException e) {
            throw ApiException.badRequest("the body is not valid JSON: " + e.getOriginalMessage() + place(e));
        } catch (IOException e) {
            throw ApiException.badRequest("the body is not valid JSON in UTF-8");
        }
    }

    private static String place(JsonProcessingException e) {
        return e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr() + ")";
    }
}
