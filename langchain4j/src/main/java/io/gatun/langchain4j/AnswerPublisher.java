package io.gatun.langchain4j;

import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.CompleteResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialToolCall;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;

/** Hands the events of an answer to a subscriber as it asks for them. Each subscription runs the request anew, on a virtual thread. */
final class AnswerPublisher implements Flow.Publisher<ChatModelStreamingEvent> {
    private final ChatCore core;
    private final ChatRequest request;

    AnswerPublisher(ChatCore core, ChatRequest request) {
        this.core = core;
        this.request = request;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ChatModelStreamingEvent> subscriber) {
        var delivery = new Delivery(subscriber);
        Thread.ofVirtual().name("gatun-chat-publisher").start(delivery);
    }

    /** Ends the thread's work where the subscription ends. */
    private static final class Ended extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private final class Delivery implements Flow.Subscription, AnswerListener, Runnable {
        private final Flow.Subscriber<? super ChatModelStreamingEvent> subscriber;
        private final Semaphore demand = new Semaphore(0);
        private final Cancellation cancellation = new Cancellation();
        private volatile long wrongDemand = 1;

        Delivery(Flow.Subscriber<? super ChatModelStreamingEvent> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long count) {
            if (count < 1) {
                wrongDemand = count;
                demand.release();
                return;
            }
            int room = Integer.MAX_VALUE / 2 - demand.availablePermits();
            demand.release((int) Math.min(count, Math.max(0, room)));
        }

        @Override
        public void cancel() {
            cancellation.cancel();
            demand.release();
        }

        @Override
        public void run() {
            subscriber.onSubscribe(this);
            try {
                core.answer(core.prepare(request), this, cancellation).ifPresent(response -> {
                    deliver(new CompleteResponse(response));
                    subscriber.onComplete();
                });
            } catch (RuntimeException e) {
                if (wrongDemand < 1) {
                    subscriber.onError(new IllegalArgumentException("a subscriber asked for " + wrongDemand + " events; it must ask for at least 1"));
                } else if (!cancellation.isCancelled()) {
                    subscriber.onError(e);
                }
            }
        }

        @Override
        public void text(PartialResponse part) {
            deliver(part);
        }

        @Override
        public void thinking(PartialThinking part) {
            deliver(part);
        }

        @Override
        public void toolCall(PartialToolCall part) {
            deliver(part);
        }

        @Override
        public void toolCall(CompleteToolCall call) {
            deliver(call);
        }

        private void deliver(ChatModelStreamingEvent event) {
            try {
                demand.acquire();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new LangChain4jException("interrupted", e);
            }
            if (cancellation.isCancelled() || wrongDemand < 1) {
                throw new Ended();
            }
            subscriber.onNext(event);
        }
    }
}
