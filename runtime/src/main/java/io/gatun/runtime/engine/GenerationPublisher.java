package io.gatun.runtime.engine;

import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** Hands the chunks of a request to a subscriber as it asks for them. Each subscription runs the request anew, on a virtual thread. */
final class GenerationPublisher implements Flow.Publisher<GenerationChunk> {
    private final Supplier<GenerationStream> streams;

    GenerationPublisher(Supplier<GenerationStream> streams) {
        this.streams = streams;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super GenerationChunk> subscriber) {
        var subscription = new Delivery(subscriber);
        Thread.ofVirtual().name("gatun-publisher").start(subscription);
    }

    private final class Delivery implements Flow.Subscription, Runnable {
        private final Flow.Subscriber<? super GenerationChunk> subscriber;
        private final Semaphore demand = new Semaphore(0);
        private final AtomicBoolean cancelled = new AtomicBoolean();
        private volatile long wrongDemand = 1;
        private volatile Thread thread;

        Delivery(Flow.Subscriber<? super GenerationChunk> subscriber) {
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
            if (cancelled.compareAndSet(false, true)) {
                demand.release();
                if (thread != null) {
                    thread.interrupt();
                }
            }
        }

        @Override
        public void run() {
            thread = Thread.currentThread();
            subscriber.onSubscribe(this);
            try (var stream = streams.get()) {
                while (stream.hasNext()) {
                    demand.acquire();
                    if (cancelled.get()) {
                        return;
                    }
                    if (wrongDemand < 1) {
                        throw new IllegalArgumentException("a subscriber asked for " + wrongDemand + " chunks; it must ask for at least 1");
                    }
                    subscriber.onNext(stream.next());
                }
                subscriber.onComplete();
            } catch (InterruptedException | RuntimeException e) {
                if (!cancelled.get()) {
                    subscriber.onError(e);
                }
            }
        }
    }
}
