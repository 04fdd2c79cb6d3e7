package io.gatun.runtime.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ToolCallSchemaTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String WEATHER = """
            {"name": "weather", "parameters": {"type": "object", "properties": {"at": {"$ref": "#/$defs/Place"}, "like": {"enum": [{"$ref": "#/$defs/Place"}]}},
             "required": ["at"], "$defs": {"Place": {"type": "object", "properties": {"near": {"$ref": "#/$defs/Place"}}}}}}""";
    private static final String TREE = """
            {"name": "tree", "parameters": {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#"}},
             "kind": {"$ref": "#/definitions/Place"}}, "definitions": {"Place": {"type": "string"}}}}""";
    private static final String PLAIN = """
            {"name": "plain"}""";

    @Test
    void requiredCallsAreAListOfAnyTools() throws JsonProcessingException {
        assertThat(schema(ToolChoice.REQUIRED, WEATHER, PLAIN)).isEqualTo(JSON.readTree("""
                {"type": "array", "minItems": 1, "items": {"anyOf": [
                 {"type": "object", "properties": {"name": {"type": "string", "enum": ["weather"]}, "parameters": {"type": "object",
                   "properties": {"at": {"$ref": "#/$defs/weather.Place"}, "like": {"enum": [{"$ref": "#/$defs/Place"}]}}, "required": ["at"]}},
                  "required": ["name", "parameters"], "additionalProperties": false},
                 {"type": "object", "properties": {"name": {"type": "string", "enum": ["plain"]}, "parameters": {"type": "object"}},
                  "required": ["name", "parameters"], "additionalProperties": false}]},
                 "$defs": {"weather.Place": {"type": "object", "properties": {"near": {"$ref": "#/$defs/weather.Place"}}}}}"""));
    }

    @Test
    void aNamedToolIsTheOnlyOne() throws JsonProcessingException {
        var schema = schema(new ToolChoice.Named("plain"), WEATHER, PLAIN);
        assertThat(schema.at("/items/properties/name/enum")).isEqualTo(JSON.readTree("[\"plain\"]"));
        assertThat(schema.has("$defs")).isFalse();
    }

    @Test
    void definitionsOfOneNameDoNotMeetAndASchemaMayReferToItself() throws JsonProcessingException {
        var schema = schema(ToolChoice.REQUIRED, WEATHER, TREE);
        assertThat(schema.at("/items/anyOf/1/properties/parameters")).isEqualTo(JSON.readTree("{\"$ref\": \"#/$defs/tree\"}"));
        assertThat(schema.at("/$defs/tree/properties/children/items/$ref").textValue()).isEqualTo("#/$defs/tree");
        assertThat(schema.at("/$defs/tree/properties/kind/$ref").textValue()).isEqualTo("#/$defs/tree.Place");
        assertThat(schema.at("/$defs/tree.Place/type").textValue()).isEqualTo("string");
        assertThat(schema.at("/$defs/weather.Place/type").textValue()).isEqualTo("object");
    }

    @Test
    void aChoiceThatCannotBeMetIsNamed() {
        assertThatThrownBy(() -> schema(ToolChoice.REQUIRED)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tool choice is required, but there are no tools; give some");
        assertThatThrownBy(() -> schema(new ToolChoice.Named("other"))).hasMessage("tool choice is the tool 'other', but there are no tools; give some");
        assertThatThrownBy(() -> schema(new ToolChoice.Named("other"), PLAIN))
                .hasMessage("tool choice names the tool 'other', but there is no such tool; it must be one of plain");
    }

    private static JsonNode schema(ToolChoice choice, String... functions) throws JsonProcessingException {
        var tools = new ArrayList<Map<String, Object>>();
        for (var function : functions) {
            tools.add(Map.of("type", "function", "function", JSON.readValue(function, new TypeReference<Map<String, Object>>() { })));
        }
        return JSON.readTree(ToolCallSchema.of(ChatRequest.builder().user("hi").tools(List.copyOf(tools)).toolChoice(choice).build()).schema());
    }
}
