package io.gatun.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.json.JsonAnyOfSchema;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonNullSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonReferenceSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonSchemasTest {

    @Test
    void writesEveryKindOfSchema() throws JsonProcessingException {
        var node = JsonObjectSchema.builder().addStringProperty("name", "what it is called").addProperty("next", JsonReferenceSchema.builder()
                .reference("node").build())
                .required("name").build();
        var schema = JsonObjectSchema.builder().description("a list").addIntegerProperty("count").addNumberProperty("weight").addBooleanProperty("full")
                .addEnumProperty("colour", List.of("red", "green"))
                .addProperty("tags", JsonArraySchema.builder().items(new JsonStringSchema()).build())
                .addProperty("either", JsonAnyOfSchema.builder().anyOf(new JsonStringSchema(), new JsonNullSchema()).build())
                .addProperty("raw", JsonRawSchema.from("{\"type\": \"string\", \"pattern\": \"a+\"}"))
                .addProperty("map", JsonObjectSchema.builder().build())
                .addProperty("open", JsonObjectSchema.builder().additionalProperties(true).build())
                .addProperty("head", JsonReferenceSchema.builder().reference("node").build())
                .required("count", "tags").definitions(Map.of("node", node)).build();
        assertJson(JsonSchemas.toJson(schema), """
                {"type": "object", "description": "a list", "properties": {
                  "count": {"type": "integer"}, "weight": {"type": "number"}, "full": {"type": "boolean"},
                  "colour": {"type": "string", "enum": ["red", "green"]},
                  "tags": {"type": "array", "items": {"type": "string"}},
                  "either": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                  "raw": {"type": "string", "pattern": "a+"},
                  "map": {"type": "object", "properties": {}},
                  "open": {"type": "object", "properties": {}, "additionalProperties": true},
                  "head": {"$ref": "#/$defs/node"}},
                 "required": ["count", "tags"], "additionalProperties": false,
                 "$defs": {"node": {"type": "object", "properties": {"name": {"type": "string", "description": "what it is called"},
                         "next": {"$ref": "#/$defs/node"}},
                   "required": ["name"], "additionalProperties": false}}}""");
    }

    @Test
    void leavesToolsOpen() throws JsonProcessingException {
        assertJson(JsonSchemas.toJson(JsonSchemas.toMap(JsonObjectSchema.builder().addStringProperty("city").build(), false)),
                "{\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\"}}}");
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        JsonSchemaElement strange = () -> "strange";
        assertThatThrownBy(() -> JsonSchemas.toJson(strange)).isInstanceOf(UnsupportedFeatureException.class).hasMessageContaining("are not supported");
        assertThatThrownBy(() -> JsonSchemas.toMap(JsonRawSchema.from("[1"), true)).isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("no JSON object");
    }

    private static void assertJson(String json, String expected) throws JsonProcessingException {
        var mapper = new ObjectMapper();
        assertThat(mapper.readTree(json)).isEqualTo(mapper.readTree(expected));
    }
}
