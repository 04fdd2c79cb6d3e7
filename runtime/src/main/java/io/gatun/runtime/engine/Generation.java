package io.gatun.runtime.engine;

import io.gatun.runtime.batch.TokenList;
import io.gatun.runtime.scheduler.OutputSink;
import io.gatun.runtime.scheduler.RequestStats;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One output as it grows. The scheduler's thread appends to it; whoever wants the output takes from it at its own pace, and what was not taken yet waits
 * here. The outputs of one request share the lock.
 */
final class Generation implements OutputSink {
    private final ReentrantLock lock;
    private final Condition changed;
    private final boolean signalsTokens;
    private final int roomForTokens;
    private final Runnable whenEnded;
    private final TokenList ids = new TokenList(new int[0], 0);
    private final List<TokenLogprob> logprobs = new ArrayList<>();
    private final List<TokenLogprob> promptLogprobs = new ArrayList<>();
    private float[] embedding = {};
    private Optional<FinishReason> reason = Optional.empty();
    private Optional<RequestStats> stats = Optional.empty();
    private Optional<RuntimeException> failure = Optional.empty();

    /**
     * An output of which nothing is there yet.
     *
     * @param signalsTokens whether someone waits for each token, and not for the end alone
     * @param roomForTokens for so many, room is made with the first
     * @param whenEnded run by the thread that ends it
     */
    Generation(ReentrantLock lock, Condition changed, boolean signalsTokens, int roomForTokens, Runnable whenEnded) {
        this.lock = lock;
        this.changed = changed;
        this.signalsTokens = signalsTokens;
        this.roomForTokens = roomForTokens;
        this.whenEnded = whenEnded;
    }

    @Override
    public void token(int id, Optional<TokenLogprob> logprob) {
        lock.lock();
        try {
            if (ids.size() == 0) {
                ids.reserve(roomForTokens);
            }
            ids.add(id);
            if (logprob.isPresent()) {
                logprobs.add(logprob.get());
            }
            if (signalsTokens) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void promptLogprobs(List<TokenLogprob> more) {
        lock.lock();
        try {
            promptLogprobs.addAll(more);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void embedding(float[] sum) {
        lock.lock();
        try {
            embedding = sum;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void finished(FinishReason why, RequestStats how) {
        lock.lock();
        try {
            reason = Optional.of(why);
            stats = Optional.of(how);
        } finally {
            ended();
        }
    }

    @Override
    public void failed(RuntimeException cause) {
        lock.lock();
        try {
            failure = Optional.of(cause);
        } finally {
            ended();
        }
    }

    boolean hasEnded() {
        return reason.isPresent() || failure.isPresent();
    }

    /** What went wrong, if anything did. Under the lock, as all that follows. */
    Optional<RuntimeException> failure() {
        return failure;
    }

    /** Why it ended, if it did. */
    Optional<FinishReason> reason() {
        return reason;
    }

    RequestStats stats() {
        return stats.orElseThrow();
    }

    float[] embedding() {
        return embedding;
    }

    int size() {
        return ids.size();
    }

    int[] ids(int from) {
        return ids.tail(from);
    }

    List<TokenLogprob> logprobs(int from) {
        return logprobs.isEmpty() ? List.of() : List.copyOf(logprobs.subList(from, logprobs.size()));
    }

    List<TokenLogprob> promptLogprobs() {
        return List.copyOf(promptLogprobs);
    }

    /** Whoever waits sees the end when all that follows from it is done: its id is free again, and its place in the queue. */
    private void ended() {
        changed.signalAll();
        try {
            whenEnded.run();
        } finally {
            lock.unlock();
        }
    }
}
