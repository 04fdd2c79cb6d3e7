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
     * @param cancellation ends it early
     * @return the whole answer; empty if it was cancelled
     * @throws dev.langchain4j.exception.LangChain4jException of the kind that fits
     */
    Optional<ChatResponse> answer(RequestMapper.Mapped mapped, AnswerListener listener, Cancellation cancellation) {
        try {
            if (mapped.format().isEmpty() || !mapped.offersTools()) {
                return follow(mapped.conversation(), mapped.params(), listener, cancellation);
            }
            return callsOrJson(mapped, listener, cancellation);
        } catch (RuntimeException e) {
            throw Failures.of(e);
        }
    }

    private ChatStream start(io.gatun.runtime.chat.ChatRequest conversation, SamplingParams params, Cancellation cancellation) {
        var stream = handle.engine().answerStream(conversation, params);
        cancellation.aborts(() -> handle.engine().abort(stream.id()));
        return stream;
    }

    private Optional<ChatResponse> follow(io.gatun.runtime.chat.ChatRequest conversation, SamplingParams params, AnswerListener listener,
            Cancellation cancellation) {
        try (var stream = start(conversation, params, cancellation)) {
            return follow(stream, new AnswerBuilder(handle.modelName(), listener), cancellation);
        }
    }

    private static Optional<ChatResponse> follow(ChatStream stream, AnswerBuilder answer, Cancellation cancellation) {
        while (stream.hasNext()) {
            var chunk = stream.next();
            for (var part : chunk.parts()) {
                if (cancellation.isCancelled()) {
                    return Optional.empty();
                }
                answer.add(part);
            }
            if (cancellation.isCancelled()) {
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
    private Optional<ChatResponse> callsOrJson(RequestMapper.Mapped mapped, AnswerListener listener, Cancellation cancellation) {
        try (var stream = start(mapped.conversation(), mapped.free(), cancellation)) {
            var held = new ArrayList<AnswerPart>();
            while (stream.hasNext()) {
                var chunk = stream.next();
                if (cancellation.isCancelled()) {
                    return Optional.empty();
                }
                held.addAll(chunk.parts());
                if (held.stream().anyMatch(AnswerPart.ToolCallBegin.class::isInstance)) {
                    var answer = new AnswerBuilder(handle.modelName(), listener);
                    held.forEach(answer::add);
                    chunk.generation().result().ifPresent(answer::end);
                    return follow(stream, answer, cancellation);
                }
                if (held.stream().anyMatch(part -> part instanceof AnswerPart.Content(var text) && !text.isBlank())) {
                    break;
                }
            }
        }
        return follow(mapped.withoutCalls(), mapped.params(), listener, cancellation);
    }
}
