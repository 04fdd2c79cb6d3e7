package io.gatun.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.PartialToolCallContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes an answer on to a handler. What a callback throws goes to the handler's onError, and the answer goes on; what that throws is logged. */
final class HandlerCallbacks implements AnswerListener {
    private static final Logger LOG = LoggerFactory.getLogger(HandlerCallbacks.class);

    private final StreamingChatResponseHandler handler;
    private final Cancellation cancellation = new Cancellation();

    HandlerCallbacks(StreamingChatResponseHandler handler) {
        this.handler = handler;
    }

    Cancellation cancellation() {
        return cancellation;
    }

    @Override
    public void text(PartialResponse part) {
        call(() -> handler.onPartialResponse(part, new PartialResponseContext(cancellation)));
    }

    @Override
    public void thinking(PartialThinking part) {
        call(() -> handler.onPartialThinking(part, new PartialThinkingContext(cancellation)));
    }

    @Override
    public void toolCall(PartialToolCall part) {
        call(() -> handler.onPartialToolCall(part, new PartialToolCallContext(cancellation)));
    }

    @Override
    public void toolCall(CompleteToolCall call) {
        call(() -> handler.onCompleteToolCall(call));
    }

    void complete(ChatResponse response) {
        call(() -> handler.onCompleteResponse(response));
    }

    void failed(Throwable error) {
        try {
            handler.onError(error);
        } catch (RuntimeException e) {
            LOG.warn("onError of a StreamingChatResponseHandler failed", e);
        }
    }

    private void call(Runnable callback) {
        try {
            if (!cancellation.isCancelled()) {
                callback.run();
            }
        } catch (RuntimeException e) {
            failed(e);
        }
    }
}
