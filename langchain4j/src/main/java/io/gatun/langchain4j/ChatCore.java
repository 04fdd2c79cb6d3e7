package io.gatun.langchain4j;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.gatun.runtime.chat.AnswerPart;
import io.gatun.runtime.engine.ChatStream;
import io.gatun.runtime.sampling.SamplingParams;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** What both chat models do: they run a request and follow its answer. */
record ChatCore(EngineHandle handle, RequestMapper requests, ChatRequestParameters defaults, List<ChatModelListener> listeners) {

    /**
     * A request as the engine takes it.
     *
     * @throws dev.langchain4j.exception.UnsupportedFeatureException if it asks for what the model cannot do
     * @throws dev.langchain4j.exception.InvalidRequestException if a parameter is out of range
     */
    RequestMapper.Mapped prepare(ChatRequest request) {
        try {
            return requests.map(request);
        } catch (RuntimeException e) {
            throw Failures.of(e);
        }
    }

    /**
     * Answers a request.
     *
     * @param listener told of the answer as it comes
     * @param cancelled asked between chunks; an answer that is cancelled is aborted
     * @return the whole answer; empty if it was cancelled
     * @throws dev.langchain4j.exception.LangChain4jException of the kind that fits
     */
    Optional<ChatResponse> answer(RequestMapper.Mapped mapped, AnswerListener listener, BooleanSupplier cancelled) {
        try {
            if (mapped.format().isEmpty() || !mapped.offersTools()) {
                return follow(mapped.conversation(), mapped.params(), listener, cancelled);
            }
            return callsOrJson(mapped, listener, cancelled);
        } catch (RuntimeException e) {
            throw Failures.of(e);
        }
    }

    private Optional<ChatResponse> follow(io.gatun.runtime.chat.ChatRequest conversation, SamplingParams params, AnswerListener listener,
            BooleanSupplier cancelled) {
        try (var stream = handle.engine().answerStream(conversation, params)) {
            return follow(stream, new AnswerBuilder(handle.modelName(), listener), cancelled);
        }
    }

    private static Optional<ChatResponse> follow(ChatStream stream, AnswerBuilder answer, BooleanSupplier cancelled) {
        while (stream.hasNext()) {
            var chunk = stream.next();
            for (var part : chunk.parts()) {
                if (cancelled.getAsBoolean()) {
                    return Optional.empty();
                }
                answer.add(part);
            }
            if (cancelled.getAsBoolean()) {
                return Optional.empty();
            }
            chunk.generation().result().ifPresent(answer::end);
        }
        return Optional.of(answer.response());
    }

    /**
     * Tools are offered and an answer must be JSON: a call is not JSON of that schema, so the grammar must not hold while the model may call. It is asked
     * without it first; where it begins to answer, it is stopped and asked again for JSON alone, which the prefix cache makes cheap.
     */
    private Optional<ChatResponse> callsOrJson(RequestMapper.Mapped mapped, AnswerListener listener, BooleanSupplier cancelled) {
        try (var stream = handle.engine().answerStream(mapped.conversation(), mapped.free())) {
            var held = new ArrayList<AnswerPart>();
            while (stream.hasNext()) {
                var chunk = stream.next();
                if (cancelled.getAsBoolean()) {
                    return Optional.empty();
                }
                held.addAll(chunk.parts());
                if (held.stream().anyMatch(AnswerPart.ToolCallBegin.class::isInstance)) {
                    var answer = new AnswerBuilder(handle.modelName(), listener);
                    held.forEach(answer::add);
                    chunk.generation().result().ifPresent(answer::end);
                    return follow(stream, answer, cancelled);
                }
                if (held.stream().anyMatch(part -> part instanceof AnswerPart.Content(var text) && !text.isBlank())) {
                    break;
                }
            }
        }
        return follow(mapped.withoutCalls(), mapped.params(), listener, cancelled);
    }
}
