package io.gatun.langchain4j;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import io.gatun.runtime.chat.ToolChoice;
import io.gatun.runtime.grammar.Grammar;
import io.gatun.runtime.sampling.SamplingParams;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/** LangChain4j's requests as the engine takes them. */
record RequestMapper(EngineHandle handle, MessageMapper messages, Map<String, Object> templateVariables,
        BiFunction<ChatRequest, SamplingParams, SamplingParams> sampling) {

    /**
     * A request, mapped.
     *
     * @param free how it is sampled where nothing constrains it
     * @param format what its response format makes of an answer
     */
    record Mapped(io.gatun.runtime.chat.ChatRequest conversation, SamplingParams free, Optional<Grammar> format) {

        /** Whether the answer may be a call, as the model decides. */
        boolean offersTools() {
            return !conversation.tools().isEmpty() && conversation.toolChoice() instanceof ToolChoice.Auto;
        }

        SamplingParams params() {
            return format.map(grammar -> free.toBuilder().grammar(grammar).build()).orElse(free);
        }

        io.gatun.runtime.chat.ChatRequest withoutCalls() {
            var builder = io.gatun.runtime.chat.ChatRequest.builder().messages(conversation.messages()).tools(conversation.tools()).toolChoice(ToolChoice.NONE);
            conversation.variables().forEach(builder::variable);
            return builder.build();
        }
    }

    /**
     * Maps a request.
     *
     * @throws UnsupportedFeatureException if it asks for what the model cannot do
     * @throws IllegalArgumentException if a parameter is out of range
     */
    Mapped map(ChatRequest request) {
        var parameters = request.parameters();
        requireModel(parameters);
        var conversation = io.gatun.runtime.chat.ChatRequest.builder().messages(request.messages().stream().map(messages::map).toList())
                .tools(tools(parameters.toolSpecifications())).toolChoice(toolChoice(parameters));
        templateVariables.forEach(conversation::variable);
        var format = Optional.ofNullable(parameters.responseFormat()).flatMap(RequestMapper::grammar);
        return new Mapped(conversation.build(), sampling.apply(request, params(parameters)), format);
    }

    /** @throws UnsupportedFeatureException if the parameters name another model than the engine has */
    void requireModel(ChatRequestParameters parameters) {
        if (parameters.modelName() != null && !parameters.modelName().equals(handle.modelName())) {
            throw new UnsupportedFeatureException("the modelName '" + parameters.modelName() + "' is not supported: the engine has '" + handle.modelName()
                    + "'");
        }
    }

    private SamplingParams params(ChatRequestParameters parameters) {
        var params = handle.engine().defaultSamplingParams().toBuilder().maxNewTokens(handle.engine().contextLength());
        set(parameters.maxOutputTokens(), params::maxNewTokens);
        set(parameters.temperature(), params::temperature);
        set(parameters.topP(), params::topP);
        set(parameters.topK(), params::topK);
        set(parameters.frequencyPenalty(), params::frequencyPenalty);
        set(parameters.presencePenalty(), params::presencePenalty);
        set(parameters.stopSequences(), params::stop);
        return params.build();
    }

    private static Optional<Grammar> grammar(ResponseFormat format) {
        if (format.type() == ResponseFormatType.TEXT) {
            return Optional.empty();
        }
        return Optional.of(format.jsonSchema() == null ? Grammar.jsonObject() : new Grammar.JsonSchema(JsonSchemas.toJson(format.jsonSchema().rootElement())));
    }

    private static List<Map<String, Object>> tools(List<ToolSpecification> tools) {
        return tools == null ? List.of() : tools.stream().map(RequestMapper::tool).toList();
    }

    /** OpenAI's form, which templates expect. */
    private static Map<String, Object> tool(ToolSpecification tool) {
        var function = new LinkedHashMap<String, Object>();
        function.put("name", tool.name());
        if (tool.description() != null) {
            function.put("description", tool.description());
        }
        function.put("parameters", tool.parameters() == null ? Map.of("type", "object", "properties", Map.of()) : JsonSchemas.toMap(tool.parameters(), false));
        var map = new LinkedHashMap<String, Object>();
        map.put("type", "function");
        map.put("function", function);
        return map;
    }

    private static ToolChoice toolChoice(ChatRequestParameters parameters) {
        return switch (parameters.toolChoice()) {
            case null -> ToolChoice.AUTO;
            case AUTO -> ToolChoice.AUTO;
            case REQUIRED -> ToolChoice.REQUIRED;
            case NONE -> ToolChoice.NONE;
        };
    }

    private static <T> void set(T value, Consumer<T> parameter) {
        if (value != null) {
            parameter.accept(value);
        }
    }
}
