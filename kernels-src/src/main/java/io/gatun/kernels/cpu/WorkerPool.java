package io.gatun.kernels.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that share a range of items with the caller. Operations follow each other within microseconds, so workers spin for a moment
 * before they sleep, and a worker that wakes up too late is not waited for. One caller at a time; nothing is allocated by a run.
 */
final class WorkerPool implements AutoCloseable {
    /** Multiply-adds that one thread does in the time that sharing them takes. */
    static final long SMALL_WORK = 200_000;

    private static final long SPIN_NANOS = 100_000;
    private static final int CHUNKS_PER_THREAD = 4;
    private static final long OPEN = 1L << 31;

    /**
     * A piece of work on items {@code from} to {@code to}; {@code thread} is below {@link #threads()} and belongs to no other piece
     * meanwhile.
     */
    @FunctionalInterface
    interface RangeTask {
        void run(int from, int to, int thread);
    }

    private final Worker[] workers;
    /** The number of the job in the upper half; below it whether it may still be joined, and how many workers did. */
    private final AtomicLong state = new AtomicLong();
    private final AtomicInteger nextChunk = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean closed;
    private RangeTask task;
    private int items;
    private int chunk;

    /** @param threads the caller included */
    WorkerPool(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("a pool needs at least 1 thread, got " + threads);
        }
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
            workers[i].start();
        }
    }

    int threads() {
        return workers.length + 1;
    }

    /**
     * Runs {@code task} over all items, on the caller alone if there is little to do. Returns when everything is done; what a piece throws
     * is thrown here, after the other pieces have ended.
     *
     * @param work a guess of all the multiply-adds
     * @param grain pieces are multiples of this, but for the last
     */
    void run(long work, int items, int grain, RangeTask task) {
        if (closed) {
            throw new IllegalStateException("the CPU kernels are closed");
        }
        if (items == 0) {
            return;
        }
        if (workers.length == 0 || work < SMALL_WORK || items <= grain) {
            task.run(0, items, 0);
            return;
        }
        this.task = task;
        this.items = items;
        int share = Math.ceilDiv(items, threads() * CHUNKS_PER_THREAD);
        chunk = Math.ceilDiv(share, grain) * grain;
        nextChunk.set(0);
        failure.setPlain(null);
        state.set(((state.get() >>> 32) + 1 << 32) | OPEN);
        for (var worker : workers) {
            worker.wake();
        }
        work(0);
        state.getAndAdd(-OPEN);
        for (int spins = 0; (int) state.get() != 0; spins++) {
            pause(spins);
        }
        this.task = null;
        rethrow(failure.get());
    }

    @Override
    public void close() {
        closed = true;
        for (var worker : workers) {
            worker.wake();
        }
    }

    private void work(int thread) {
        try {
            long from;
            while ((from = (long) nextChunk.getAndIncrement() * chunk) < items) {
                task.run((int) from, (int) Math.min(items, from + chunk), thread);
            }
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        }
    }

    private static void pause(int spins) {
        if (spins < 10_000) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
    }

    private static void rethrow(Throwable e) {
        switch (e) {
            case null -> { }
            case RuntimeException r -> throw r;
            case Error r -> throw r;
            default -> throw new IllegalStateException(e);
        }
    }

    private final class Worker extends Thread {
        private final int number;
        private volatile boolean asleep;

        Worker(int number) {
            super("gatun-cpu-" + number);
            this.number = number;
            setDaemon(true);
        }

        void wake() {
            if (asleep) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            for (long seen = 0; !closed;) {
                long now = awaitJob(seen);
                if (joinable(now, seen) && state.compareAndSet(now, now + 1)) {
                    seen = now >>> 32;
                    work(number);
                    state.getAndDecrement();
                }
            }
        }

        private long awaitJob(long seen) {
            long start = System.nanoTime();
            while (true) {
                for (int i = 0; i < 64; i++) {
                    long now = state.get();
                    if (joinable(now, seen) || closed) {
                        return now;
                    }
                    Thread.onSpinWait();
                }
                if (System.nanoTime() - start > SPIN_NANOS) {
                    asleep = true;
                    if (!joinable(state.get(), seen) && !closed) {
                        LockSupport.park(WorkerPool.this);
                    }
                    asleep = false;
                    start = System.nanoTime();
                }
            }
        }

        private static boolean joinable(long state, long seen) {
            return state >>> 32 != seen && (state & OPEN) != 0;
        }
    }
}
