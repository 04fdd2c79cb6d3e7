package io.gatun.langchain4j;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Flow;

/**
 * LangChain4j's streaming chat model over an engine of this process. A handler is called by one virtual thread, in order; it may cancel the answer by the
 * {@link dev.langchain4j.model.chat.response.StreamingHandle} that it gets, after which it is not called again.
 */
public final class GatunStreamingChatModel implements StreamingChatModel, AutoCloseable {
    private final ChatCore core;

    private GatunStreamingChatModel(ChatCore core) {
        this.core = core;
    }

    /** A model to be described: by an engine or a folder at least. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects what a model is made of. */
    public static final class Builder extends ChatModelBuilder<Builder> {
        private Builder() {
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * The model.
         *
         * @throws IllegalArgumentException if there is neither an engine nor a folder, or both
         * @throws dev.langchain4j.exception.UnsupportedFeatureException if the default parameters name another model
         * @throws RuntimeException as {@link io.gatun.runtime.engine.Engine#load} does, where it loads an engine
         */
        public GatunStreamingChatModel build() {
            return new GatunStreamingChatModel(core());
        }
    }

    /**
     * Answers a request. Whatever else is wrong with it is told to the handler.
     *
     * @throws UnsupportedFeatureException if it asks for what the model cannot do
     */
    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        var callbacks = new HandlerCallbacks(handler);
        Runnable answer;
        try {
            var prepared = core.prepare(request);
            answer = () -> core.answer(prepared, callbacks, callbacks.cancellation()).ifPresent(callbacks::complete);
        } catch (UnsupportedFeatureException e) {
            throw e;
        } catch (RuntimeException e) {
            answer = () -> callbacks.failed(e);
        }
        start(answer, callbacks);
    }

    private static void start(Runnable answer, HandlerCallbacks callbacks) {
        Thread.ofVirtual().name("gatun-chat").start(() -> {
            try {
                answer.run();
            } catch (RuntimeException | Error e) {
                callbacks.failed(e);
            }
        });
    }

    /** Each subscription runs the request anew, and gets the events of its answer as it asks for them. */
    @Override
    public Flow.Publisher<ChatModelStreamingEvent> doChat(ChatRequest request) {
        return new AnswerPublisher(core, request);
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return core.defaults();
    }

    @Override
    public List<ChatModelListener> listeners() {
        return core.listeners();
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
    }

    /** Closes the engine that was loaded from a folder; an engine that was handed over stays open. */
    @Override
    public void close() {
        core.handle().close();
    }
}
