package io.gatun.langchain4j;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import io.gatun.runtime.sampling.SamplingParams;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * What the builders of both chat models have. A parameter that neither the builder nor a request gives is as the model's generation_config.json has it, and
 * without {@code maxOutputTokens} an answer is as long as the context allows.
 *
 * @param <B> the builder
 */
abstract class ChatModelBuilder<B extends ChatModelBuilder<B>> extends ModelBuilder<B> {
    private ChatRequestParameters defaults = DefaultChatRequestParameters.EMPTY;
    private final DefaultChatRequestParameters.Builder<?> parameters = ChatRequestParameters.builder();
    private List<ChatModelListener> listeners = List.of();
    private Optional<Predicate<URI>> pictures = Optional.empty();
    private Map<String, Object> templateVariables = Map.of();
    private BiFunction<ChatRequest, SamplingParams, SamplingParams> sampling = (request, params) -> params;

    /** Parameters of requests that do not give them; what the other methods set goes before. */
    public B defaultRequestParameters(ChatRequestParameters value) {
        defaults = value;
        return self();
    }

    public B temperature(Double value) {
        parameters.temperature(value);
        return self();
    }

    public B topP(Double value) {
        parameters.topP(value);
        return self();
    }

    public B topK(Integer value) {
        parameters.topK(value);
        return self();
    }

    public B frequencyPenalty(Double value) {
        parameters.frequencyPenalty(value);
        return self();
    }

    public B presencePenalty(Double value) {
        parameters.presencePenalty(value);
        return self();
    }

    public B maxOutputTokens(Integer value) {
        parameters.maxOutputTokens(value);
        return self();
    }

    public B stopSequences(List<String> value) {
        parameters.stopSequences(value);
        return self();
    }

    public B toolSpecifications(List<ToolSpecification> value) {
        parameters.toolSpecifications(value);
        return self();
    }

    public B toolChoice(ToolChoice value) {
        parameters.toolChoice(value);
        return self();
    }

    public B responseFormat(ResponseFormat value) {
        parameters.responseFormat(value);
        return self();
    }

    public B listeners(List<ChatModelListener> value) {
        listeners = value == null ? List.of() : List.copyOf(value);
        return self();
    }

    public B listeners(ChatModelListener... value) {
        return listeners(List.of(value));
    }

    /** The addresses that pictures may be fetched from; by default none. An engine that is handed over must allow them, too, by its image loader. */
    public B imageUrls(Predicate<URI> allowed) {
        pictures = Optional.of(allowed);
        return self();
    }

    /** What the chat template is given besides, such as {@code enable_thinking}. */
    public B templateVariables(Map<String, Object> value) {
        templateVariables = Map.copyOf(value);
        return self();
    }

    /** Last word on how a request is sampled, for what LangChain4j has no name for: minP, a seed, a repetition penalty. */
    public B sampling(BiFunction<ChatRequest, SamplingParams, SamplingParams> value) {
        sampling = value;
        return self();
    }

    /** @throws dev.langchain4j.exception.UnsupportedFeatureException if the parameters name another model */
    ChatCore core() {
        var handle = handle(pictures);
        try {
            var named = ChatRequestParameters.builder().modelName(handle.modelName()).build();
            var all = DefaultChatRequestParameters.builder().overrideWith(named).overrideWith(defaults).overrideWith(parameters.build()).build();
            var requests = new RequestMapper(handle, new MessageMapper(handle, pictures), templateVariables, sampling);
            requests.requireModel(all);
            return new ChatCore(handle, requests, all, listeners);
        } catch (RuntimeException e) {
            handle.close();
            throw e;
        }
    }
}
