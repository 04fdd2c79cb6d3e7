package io.gatun.server.bench.serving;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntConsumer;

/** Sends a workload as planned, each request on a virtual thread. What has been measured can be had at any time, also from another thread. */
final class LoadRun {

    /** Runs one request. */
    @FunctionalInterface
    interface Sender {
        Outcome send(ServingRequest request) throws InterruptedException;
    }

    private final List<ServingRequest> requests;
    private final LoadPlan plan;
    private final Sender sender;
    private final AtomicReferenceArray<Outcome> outcomes;
    private final CountDownLatch ended;
    private final Semaphore turns;
    private final AtomicInteger done = new AtomicInteger();
    private volatile OptionalLong start = OptionalLong.empty();
    private volatile OptionalLong end = OptionalLong.empty();

    LoadRun(List<ServingRequest> requests, LoadPlan plan, Sender sender) {
        this.requests = requests;
        this.plan = plan;
        this.sender = sender;
        outcomes = new AtomicReferenceArray<>(requests.size());
        ended = new CountDownLatch(requests.size());
        turns = new Semaphore(plan.maxConcurrency().orElse(Integer.MAX_VALUE), true);
    }

    /**
     * Sends all and waits for the answers.
     *
     * @param progress told how many have ended
     */
    void run(IntConsumer progress) throws InterruptedException {
        double[] arrivals = plan.arrivals(requests.size());
        var threads = new ArrayList<Thread>(requests.size());
        long first = System.nanoTime();
        start = OptionalLong.of(first);
        try {
            for (int i = 0; i < requests.size(); i++) {
                long wait = first + (long) (arrivals[i] * 1e9) - System.nanoTime();
                if (wait > 0) {
                    TimeUnit.NANOSECONDS.sleep(wait);
                }
                int index = i;
                threads.add(Thread.ofVirtual().name("gatun-load-" + i).start(() -> runOne(index, progress)));
            }
            ended.await();
            end = OptionalLong.of(System.nanoTime());
        } finally {
            threads.forEach(Thread::interrupt);
        }
    }

    /** The requests that have ended, in the order of the workload. */
    List<Outcome> outcomes() {
        var all = new ArrayList<Outcome>(requests.size());
        for (int i = 0; i < outcomes.length(); i++) {
            all.add(outcomes.get(i));
        }
        return all.stream().filter(Objects::nonNull).toList();
    }

    /** Whether requests are or were sent. */
    boolean hasBegun() {
        return start.isPresent();
    }

    /** Seconds from the first request to the end of the last, or to now. */
    double duration() {
        return (end.orElseGet(System::nanoTime) - start.orElseThrow()) / 1e9;
    }

    private void runOne(int index, IntConsumer progress) {
        var request = requests.get(index);
        try {
            turns.acquire();
            try {
                outcomes.set(index, sender.send(request));
            } finally {
                turns.release();
            }
        } catch (InterruptedException e) {
            return;
        } catch (RuntimeException e) {
            outcomes.set(index, Outcome.failed(request, e.toString()));
        } finally {
            progress.accept(done.incrementAndGet());
            ended.countDown();
        }
    }
}
