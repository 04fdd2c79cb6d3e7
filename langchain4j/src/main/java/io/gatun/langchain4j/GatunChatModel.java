package io.gatun.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * LangChain4j's chat model over an engine of this process. Any number of threads may use it at once, virtual ones above all; their requests are batched.
 * Interrupting a caller, or cancelling a future, aborts its request.
 *
 * <p>{@code try (var model = GatunChatModel.builder().modelPath(Path.of("models/samples/llama")).build()) { model.chat("Add 23 and 592."); }}
 */
public final class GatunChatModel implements ChatModel, AutoCloseable {
    private final ChatCore core;

    private GatunChatModel(ChatCore core) {
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
        public GatunChatModel build() {
            return new GatunChatModel(core());
        }
    }

    /**
     * Answers a request.
     *
     * @throws dev.langchain4j.exception.UnsupportedFeatureException if it has what the model cannot take
     * @throws dev.langchain4j.exception.InvalidRequestException if it cannot be served as it is
     * @throws dev.langchain4j.exception.LangChain4jException if it was aborted, or the engine failed
     */
    @Override
    public ChatResponse doChat(ChatRequest request) {
        return core.answer(core.prepare(request), AnswerListener.NONE, new Cancellation()).orElseThrow();
    }

    @Override
    public CompletableFuture<ChatResponse> doChatAsync(ChatRequest request) {
        var future = new CompletableFuture<ChatResponse>();
        var thread = Thread.ofVirtual().name("gatun-chat").start(() -> {
            try {
                future.complete(doChat(request));
            } catch (RuntimeException e) {
                future.completeExceptionally(e);
            }
        });
        future.whenComplete((response, failure) -> {
            if (future.isCancelled()) {
                thread.interrupt();
            }
        });
        return future;
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
