package io.gatun.runtime.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.gatun.runtime.grammar.Grammar;
import java.util.Map;
import java.util.Set;

/**
 * The JSON schema of an answer that must be tool calls, as SGLang has it: a list of at least one {@code {"name": …, "parameters": …}}. Each tool's
 * {@code $defs} come along under names of their own.
 */
public final class ToolCallSchema {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DEFS = "$defs";
    private static final String OLD_DEFS = "definitions";
    private static final String REF = "$ref";
    /** Keywords whose values are data and no schemas. */
    private static final Set<String> DATA = Set.of("const", "enum", "default", "examples");

    private final ObjectNode defs = JSON.createObjectNode();

    private ToolCallSchema() {
    }

    /**
     * The grammar of the calls that a conversation's tool choice requires.
     *
     * @throws IllegalArgumentException if there is no such tool; it names the tool
     */
    public static Grammar.JsonSchema of(ChatRequest conversation) {
        if (conversation.tools().isEmpty()) {
            throw new IllegalArgumentException("tool choice is " + (conversation.toolChoice() instanceof ToolChoice.Named(var name) ? "the tool '" + name + "'"
                    : "required") + ", but there are no tools; give some");
        }
        var functions = conversation.offeredFunctions();
        if (functions.isEmpty() && conversation.toolChoice() instanceof ToolChoice.Named(var name)) {
            throw new IllegalArgumentException("tool choice names the tool '" + name + "', but there is no such tool; it must be one of "
                    + String.join(", ", conversation.withToolChoice(ToolChoice.AUTO).offeredFunctions().keySet()));
        }
        return new ToolCallSchema().build(functions);
    }

    private Grammar.JsonSchema build(Map<String, Map<?, ?>> tools) {
        var calls = JSON.createArrayNode();
        tools.forEach((name, function) -> calls.add(call(name, function.get("parameters"))));
        var schema = JSON.createObjectNode().put("type", "array").put("minItems", 1);
        schema.set("items", calls.size() == 1 ? calls.get(0) : JSON.createObjectNode().set("anyOf", calls));
        if (!defs.isEmpty()) {
            schema.set(DEFS, defs);
        }
        return new Grammar.JsonSchema(schema.toString());
    }

    private ObjectNode call(String name, Object parameters) {
        var properties = JSON.createObjectNode();
        properties.putObject("name").put("type", "string").putArray("enum").add(name);
        properties.set("parameters", parameters(name, parameters));
        var call = JSON.createObjectNode().put("type", "object");
        call.set("properties", properties);
        call.putArray("required").add("name").add("parameters");
        return call.put("additionalProperties", false);
    }

    private JsonNode parameters(String name, Object given) {
        if (!(JSON.valueToTree(given) instanceof ObjectNode schema) || schema.isEmpty()) {
            return JSON.createObjectNode().put("type", "object");
        }
        for (var keyword : new String[] {DEFS, OLD_DEFS}) {
            if (schema.remove(keyword) instanceof ObjectNode own) {
                own.properties().forEach(def -> defs.set(name + "." + def.getKey(), moved(name, def.getValue())));
            }
        }
        var moved = moved(name, schema);
        if (schema.findValuesAsText(REF).contains("#") || defs.findValuesAsText(REF).contains("#/" + DEFS + "/" + name)) {
            defs.set(name, moved);
            return JSON.createObjectNode().put(REF, "#/" + DEFS + "/" + name);
        }
        return moved;
    }

    /** A part of a tool's schema with its references led to where the definitions are now. */
    private JsonNode moved(String tool, JsonNode schema) {
        return switch (schema) {
            case ObjectNode object -> {
                var copy = JSON.createObjectNode();
                object.properties().forEach(entry -> copy.set(entry.getKey(), moved(tool, entry.getKey(), entry.getValue())));
                yield copy;
            }
            case ArrayNode array -> {
                var copy = JSON.createArrayNode();
                array.forEach(element -> copy.add(moved(tool, element)));
                yield copy;
            }
            default -> schema;
        };
    }

    private JsonNode moved(String tool, String key, JsonNode value) {
        if (DATA.contains(key)) {
            return value;
        }
        return key.equals(REF) && value.isTextual() ? TextNode.valueOf(moved(tool, value.textValue())) : moved(tool, value);
    }

    private static String moved(String tool, String reference) {
        for (var place : new String[] {"#/" + DEFS + "/", "#/" + OLD_DEFS + "/"}) {
            if (reference.startsWith(place)) {
                return "#/" + DEFS + "/" + tool + "." + reference.substring(place.length());
            }
        }
        return reference.equals("#") ? "#/" + DEFS + "/" + tool : reference;
    }
}
