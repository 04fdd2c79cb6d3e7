package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.runtime.engine.RequestException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Ten thousand requests from virtual threads, many of which are aborted, interrupted, cancelled or read in part, on a cache too small for them. */
class EngineStressTest {
    private static final int REQUESTS = 10_000;
    private static final int DIFFERENT = 200;
    private static final int AT_ONCE = 96;

    private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
    private final AtomicInteger whole = new AtomicInteger();
    private final AtomicInteger cutShort = new AtomicInteger();

    @Test
    void everyRequestEndsOnceAndNothingLeaks() throws Exception {
        var different = Traffic.requests(DIFFERENT, 24, 24, 11);
        var options = Checkpoints.onCpu(Golden.named("sample-llama").folder()).maxTotalTokens(300).pageSize(2).scheduleConservativeness(0.01)
                .chunkedPrefillSize(128).enableMixedChunk(true).disableOverlapSchedule(false).build();
        var engine = Engine.load(options);
        try (engine; var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<int[]> alone = different.stream().map(request -> engine.generate(request).getFirst().outputIds()).toList();
            var slots = new Semaphore(AT_ONCE);
            for (int i = 0; i < REQUESTS; i++) {
                int number = i;
                slots.acquire();
                callers.submit(() -> {
                    try {
                        int which = new Random(number).nextInt(DIFFERENT);
                        call(engine, different.get(which).withId("r" + number), alone.get(which), new Random(number));
                    } catch (RuntimeException | Error e) {
                        wrong.add(number + ": " + e);
                    } finally {
                        slots.release();
                    }
                });
            }
            slots.acquire(AT_ONCE);
            assertThat(wrong).isEmpty();
            assertThat(whole.get() + cutShort.get()).isEqualTo(REQUESTS);
            assertThat(whole.get()).isGreaterThan(REQUESTS / 2);
            assertThat(cutShort.get()).isGreaterThan(REQUESTS / 20);
            assertIdle(engine);
            assertThat(engine.stats().retractions()).isPositive();
            assertThat(engine.flushCache()).isTrue();
            assertThat(engine.stats().availableTokens()).isEqualTo(engine.stats().totalTokens());
        }
        assertThat(engine.memory().liveByArena()).isEmpty();
    }

    private void call(Engine engine, GenerationRequest request, int[] expected, Random random) {
        switch (random.nextInt(10)) {
            case 0 -> abortById(engine, request, expected, random);
            case 1 -> interrupt(engine, request, expected, random);
            case 2 -> cancelFuture(engine, request, expected, random);
            case 3 -> readInPart(engine, request, expected, random);
            case 4, 5 -> readAll(engine, request, expected);
            default -> check(engine.generate(request).getFirst(), expected);
        }
    }

    private void abortById(Engine engine, GenerationRequest request, int[] expected, Random random) {
        var future = engine.generateAsync(request);
        pause(random);
        engine.abort(request.id().orElseThrow());
        check(future.join().getFirst(), expected);
    }

    private void interrupt(Engine engine, GenerationRequest request, int[] expected, Random random) {
        var caller = Thread.currentThread();
        var interrupter = Thread.startVirtualThread(() -> {
            pause(random);
            caller.interrupt();
        });
        try {
            check(engine.generate(request).getFirst(), expected);
            interrupter.join();
        } catch (RequestException | InterruptedException e) {
            if (e instanceof RequestException) {
                cutShort.incrementAndGet();
            }
        }
        Thread.interrupted();
    }

    private void cancelFuture(Engine engine, GenerationRequest request, int[] expected, Random random) {
        var future = engine.generateAsync(request);
        pause(random);
        future.cancel(true);
        try {
            check(future.join().getFirst(), expected);
        } catch (CancellationException e) {
            cutShort.incrementAndGet();
        }
    }

    private void readInPart(Engine engine, GenerationRequest request, int[] expected, Random random) {
        try (var stream = engine.stream(request)) {
            int taken = 0;
            while (stream.hasNext() && random.nextInt(4) > 0) {
                var chunk = stream.next();
                if (!startsWith(expected, taken, chunk.outputIds())) {
                    wrong.add(request.id() + " streamed " + Arrays.toString(chunk.outputIds()) + " at " + taken);
                }
                taken += chunk.outputIds().length;
            }
            (stream.hasNext() ? cutShort : whole).incrementAndGet();
        }
    }

    private void readAll(Engine engine, GenerationRequest request, int[] expected) {
        try (var stream = engine.stream(request)) {
            var text = new StringBuilder();
            var last = stream.chunks().peek(chunk -> text.append(chunk.text())).reduce((a, b) -> b).orElseThrow().result().orElseThrow();
            if (!last.text().contentEquals(text)) {
                wrong.add(last.id() + " streamed '" + text + "' but its text is '" + last.text() + "'");
            }
            check(last, expected);
        }
    }

    private void check(GenerationResult result, int[] expected) {
        if (result.finishReason() instanceof FinishReason.Abort) {
            cutShort.incrementAndGet();
            if (!startsWith(expected, 0, result.outputIds())) {
                wrong.add(result + " of " + Arrays.toString(expected));
            }
        } else {
            whole.incrementAndGet();
            if (!Arrays.equals(result.outputIds(), expected)) {
                wrong.add(result.id() + " gave " + Arrays.toString(result.outputIds()) + " but alone " + Arrays.toString(expected));
            }
        }
    }

    /** Aborts are done between two steps, so the engine may need a moment. */
    private static void assertIdle(Engine engine) throws InterruptedException {
        while (engine.stats().running() + engine.stats().waiting() > 0) {
            Thread.sleep(1);
        }
        var stats = engine.stats();
        assertThat(stats.availableTokens() + stats.evictableTokens()).isEqualTo(stats.totalTokens());
    }

    private static boolean startsWith(int[] expected, int at, int[] ids) {
        return at + ids.length <= expected.length && Arrays.equals(expected, at, at + ids.length, ids, 0, ids.length);
    }

    private static void pause(Random random) {
        try {
            Thread.sleep(random.nextInt(40));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
