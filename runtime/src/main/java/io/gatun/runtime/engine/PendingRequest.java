package io.gatun.runtime.engine;

import io.gatun.runtime.engine.RequestException.Problem;
import io.gatun.runtime.scheduler.Req;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A request that was handed to the scheduler, with all its outputs. */
final class PendingRequest {
    private static final int MOST_TOKENS_AT_ONCE = 4096;

    private final String id;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Generation> generations = new ArrayList<>();
    private final List<OutputReader> readers = new ArrayList<>();
    private final List<Req> reqs = new ArrayList<>();
    private final List<Runnable> whenEnded = new ArrayList<>();

    PendingRequest(String id) {
        this.id = id;
    }

    String id() {
        return id;
    }

    List<Req> reqs() {
        return reqs;
    }

    /** A place for one more output of up to {@code maxNewTokens} tokens. */
    Generation newGeneration(boolean signalsTokens, int maxNewTokens) {
        var generation = new Generation(lock, changed, signalsTokens, Math.min(maxNewTokens, MOST_TOKENS_AT_ONCE), this::oneEnded);
        generations.add(generation);
        return generation;
    }

    void add(Req req) {
        reqs.add(req);
    }

    void add(Req req, OutputReader reader) {
        reqs.add(req);
        readers.add(reader);
    }

    /** Has {@code action} run when the last output has ended. For before the request is handed over. */
    void whenEnded(Runnable action) {
        whenEnded.add(action);
    }

    boolean hasEnded() {
        lock.lock();
        try {
            return generations.stream().allMatch(Generation::hasEnded);
        } finally {
            lock.unlock();
        }
    }

    /** Waits for all outputs to end. */
    void await() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!generations.stream().allMatch(Generation::hasEnded)) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The outputs, which have ended. */
    List<GenerationResult> results() {
        lock.lock();
        try {
            return readers.stream().map(reader -> reader.take().result().orElseThrow()).toList();
        } finally {
            lock.unlock();
        }
    }

    /**
     * What came of an embedding request, which has ended.
     *
     * @throws RuntimeException what ended it, if it failed or was aborted
     */
    Embedding embedding() {
        lock.lock();
        try {
            var generation = generations.getFirst();
            if (generation.failure().isPresent()) {
                throw generation.failure().get();
            }
            if (generation.reason().orElseThrow() instanceof FinishReason.Abort abort) {
                throw new RequestException(Problem.ABORTED, "request " + id + " was aborted: " + abort.message());
            }
            return new Embedding(generation.embedding(), reqs.getFirst().promptLen());
        } finally {
            lock.unlock();
        }
    }

    /** Whether chunks are left to take. */
    boolean hasMore() {
        return !readers.stream().allMatch(OutputReader::isDone);
    }

    /** Waits for the next chunk of any output. */
    GenerationChunk take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                for (var reader : readers) {
                    if (reader.isReady()) {
                        return reader.take();
                    }
                }
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private void oneEnded() {
        if (hasEnded()) {
            whenEnded.forEach(Runnable::run);
        }
    }
}
