package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WorkerPoolTest {
    private static final long LARGE = 10 * WorkerPool.SMALL_WORK;

    @Test
    void runsEveryItemOnceInEveryRun() {
        try (var pool = new WorkerPool(4)) {
            for (int run = 0; run < 5000; run++) {
                int items = run % 97 + 1;
                var seen = new AtomicIntegerArray(items);
                pool.run(LARGE, items, 1 + run % 5, (from, to, thread) -> {
                    for (int i = from; i < to; i++) {
                        seen.incrementAndGet(i);
                    }
                });
                for (int i = 0; i < items; i++) {
                    assertThat(seen.get(i)).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void givesEachThreadANumberOfItsOwn() {
        try (var pool = new WorkerPool(3)) {
            var busy = new AtomicIntegerArray(3);
            var clashes = new AtomicInteger();
            for (int run = 0; run < 200; run++) {
                pool.run(LARGE, 30, 1, (from, to, thread) -> {
                    if (busy.getAndSet(thread, 1) != 0) {
                        clashes.incrementAndGet();
                    }
                    Thread.onSpinWait();
                    busy.set(thread, 0);
                });
            }
            assertThat(clashes).hasValue(0);
        }
    }

    @Test
    void wakesWorkersThatFellAsleep() throws InterruptedException {
        try (var pool = new WorkerPool(2)) {
            var helped = new AtomicInteger();
            for (int run = 0; run < 20; run++) {
                Thread.sleep(2);
                pool.run(LARGE, 8, 1, (from, to, thread) -> {
                    if (thread == 1) {
                        helped.incrementAndGet();
                    }
                    spin(Duration.ofMillis(1));
                });
            }
            assertThat(helped.get()).isPositive();
        }
    }

    @Test
    void throwsWhatAPieceThrewAndWorksOn() {
        try (var pool = new WorkerPool(2)) {
            for (int run = 0; run < 100; run++) {
                assertThatThrownBy(() -> pool.run(LARGE, 16, 1, (from, to, thread) -> {
                    if (from <= 9 && 9 < to) {
                        throw new IllegalArgumentException("item 9");
                    }
                })).isInstanceOf(IllegalArgumentException.class).hasMessage("item 9");
                var done = new AtomicInteger();
                pool.run(LARGE, 16, 1, (from, to, thread) -> done.addAndGet(to - from));
                assertThat(done).hasValue(16);
            }
        }
    }

    @Test
    void endsItsThreadsWhenClosedAndSaysSoAfterwards() throws InterruptedException {
        var before = workers();
        var pool = new WorkerPool(3);
        var own = workers();
        own.removeAll(before);
        assertThat(own).hasSize(2);
        pool.close();
        for (var thread : own) {
            thread.join(Duration.ofSeconds(5));
            assertThat(thread.isAlive()).isFalse();
        }
        assertThatThrownBy(() -> pool.run(1, 1, 1, (from, to, thread) -> { }))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
    }

    private static Set<Thread> workers() {
        return Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().startsWith("gatun-cpu-")).collect(Collectors.toSet());
    }

    private static void spin(Duration time) {
        for (long end = System.nanoTime() + time.toNanos(); System.nanoTime() < end;) {
            Thread.onSpinWait();
        }
    }
}
