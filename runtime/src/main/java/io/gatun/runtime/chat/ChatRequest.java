package io.gatun.runtime.chat;

import io.gatun.runtime.multimodal.source.ImageSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A conversation to be continued, as chat templates take it.
 *
 * @param messages such as {@code {"role": "user", "content": "…"}}, made of strings, numbers, booleans, nulls, lists and maps,
 *     and pictures as {@link ChatMedia} has them
 * @param tools function schemas in OpenAI's form; empty for none
 * @param toolChoice which of the tools the answer calls
 * @param documents texts to draw on, for templates that know them; empty for none
 * @param addGenerationPrompt whether the prompt ends where the assistant's answer begins
 * @param variables whatever else the template asks for, such as {@code enable_thinking}
 * @param id to abort the answer by; empty for one that the engine makes up
 */
public record ChatRequest(List<Map<String, Object>> messages, List<Map<String, Object>> tools, ToolChoice toolChoice,
        List<Map<String, Object>> documents, boolean addGenerationPrompt, Map<String, Object> variables, Optional<String> id) {

    /** The same with other messages. */
    public ChatRequest withMessages(List<Map<String, Object>> others) {
        return new ChatRequest(others, tools, toolChoice, documents, addGenerationPrompt, variables, id);
    }

    /** The same with another choice of tools. */
    public ChatRequest withToolChoice(ToolChoice other) {
        return new ChatRequest(messages, tools, other, documents, addGenerationPrompt, variables, id);
    }

    /** The tools that the answer may call, which are those that the model is shown. */
    public List<Map<String, Object>> offeredTools() {
        return switch (toolChoice) {
            case ToolChoice.Auto auto -> tools;
            case ToolChoice.Required required -> tools;
            case ToolChoice.None none -> List.of();
            case ToolChoice.Named(var name) -> tools.stream().filter(tool -> name.equals(function(tool).get("name"))).toList();
        };
    }

    /** Whether the answer must be tool calls. */
    public boolean requiresCalls() {
        return toolChoice instanceof ToolChoice.Required || toolChoice instanceof ToolChoice.Named;
    }

    /** The functions of the tools that the answer may call, each with a name and perhaps the JSON schema of its {@code parameters}, in order. */
    public Map<String, Map<?, ?>> offeredFunctions() {
        var byName = new LinkedHashMap<String, Map<?, ?>>();
        for (var tool : offeredTools()) {
            byName.put(String.valueOf(function(tool).get("name")), function(tool));
        }
        return byName;
    }

    private static Map<?, ?> function(Map<String, Object> tool) {
        return tool.get("function") instanceof Map<?, ?> function ? function : tool;
    }

    /** An empty conversation, to be filled. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects a conversation. */
    public static final class Builder {
        private final List<Map<String, Object>> messages = new ArrayList<>();
        private List<Map<String, Object>> tools = List.of();
        private ToolChoice toolChoice = ToolChoice.AUTO;
        private List<Map<String, Object>> documents = List.of();
        private boolean addGenerationPrompt = true;
        private final Map<String, Object> variables = new LinkedHashMap<>();
        private Optional<String> id = Optional.empty();

        private Builder() {
        }

        public Builder system(String content) {
            return message("system", content);
        }

        public Builder user(String content) {
            return message("user", content);
        }

        /** Pictures, then what the user says of them. */
        public Builder user(String content, ImageSource... pictures) {
            var parts = new ArrayList<Object>();
            for (var picture : pictures) {
                parts.add(Map.of("type", "image", "image", picture));
            }
            parts.add(Map.of("type", "text", "text", content));
            return message(Map.of("role", "user", "content", parts));
        }

        public Builder assistant(String content) {
            return message("assistant", content);
        }

        public Builder message(String role, String content) {
            return message(Map.of("role", role, "content", content));
        }

        /** A message with whatever fields the template knows, such as {@code tool_calls}. */
        public Builder message(Map<String, Object> message) {
            messages.add(message);
            return this;
        }

        public Builder messages(List<Map<String, Object>> all) {
            messages.addAll(all);
            return this;
        }

        public Builder tools(List<Map<String, Object>> value) {
            tools = value;
            return this;
        }

        public Builder toolChoice(ToolChoice value) {
            toolChoice = value;
            return this;
        }

        public Builder documents(List<Map<String, Object>> value) {
            documents = value;
            return this;
        }

        public Builder addGenerationPrompt(boolean value) {
            addGenerationPrompt = value;
            return this;
        }

        public Builder variable(String name, Object value) {
            variables.put(name, value);
            return this;
        }

        public Builder id(String value) {
            id = Optional.of(value);
            return this;
        }

        public ChatRequest build() {
            return new ChatRequest(List.copyOf(messages), tools, toolChoice, documents, addGenerationPrompt, Collections.unmodifiableMap(variables), id);
        }
    }
}
