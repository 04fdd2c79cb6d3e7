package io.gatun.runtime.scheduler;

import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.engine.TokenLogprob;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntUnaryOperator;

/**
 * A device whose cache holds token ids and whose model draws the next token from a hash of all tokens that it finds in a request's pages: whoever gets
 * another request's page, or loses one, gets another output.
 */
final class TokenDevice implements StepRunner {
    private final int pageSize;
    private final int vocabSize;
    private final int[] kv;
    private final int[] lastTokens;
    private final Map<Integer, RuntimeException> failures = new HashMap<>();
    boolean broken;
    int steps;
    int largestStep;
    int mostRequests;

    TokenDevice(int pages, int pageSize, int maxRunningRequests, int vocabSize) {
        this.pageSize = pageSize;
        this.vocabSize = vocabSize;
        kv = new int[pages * pageSize];
        Arrays.fill(kv, -7);
        lastTokens = new int[maxRunningRequests + 1];
    }

    /** What the model says to {@code count} tokens. */
    static int next(IntUnaryOperator token, int count, int vocabSize) {
        int hash = count;
        for (int i = 0; i < count; i++) {
            hash = 31 * hash + token.applyAsInt(i) + 1;
        }
        return Math.floorMod(hash ^ hash >>> 15, vocabSize);
    }

    /** Makes the next step of a request fail. */
    void failNext(Req req) {
        failures.put(System.identityHashCode(req), new RequestException("told to fail"));
    }

    @Override
    public StepResult newResult() {
        return new Result();
    }

    @Override
    public void launch(StepBatch batch) {
        if (broken) {
            throw new IllegalStateException("the device is gone");
        }
        steps++;
        largestStep = Math.max(largestStep, batch.tokens() - batch.decodes());
        mostRequests = Math.max(mostRequests, batch.size());
        var result = (Result) batch.result;
        result.ids = new int[batch.size()];
        result.failures.clear();
        for (var req : batch.reqs()) {
            for (int position = req.prefixLen(); position < req.prefixLen() + req.length(); position++) {
                int id = req.id(position);
                kv[slot(req, position)] = id < 0 ? lastTokens[req.row()] : id;
            }
        }
        for (int b = 0; b < batch.size(); b++) {
            var req = batch.reqs().get(b);
            result.ids[b] = next(position -> kv[slot(req, position)], req.prefixLen() + req.length(), vocabSize);
            lastTokens[req.row()] = result.ids[b];
            var failure = failures.remove(System.identityHashCode(req));
            if (failure != null) {
                result.failures.put(b, failure);
            }
        }
    }

    @Override
    public void forget(Req req) {
    }

    private int slot(Req req, int position) {
        return req.pages().get(position / pageSize) * pageSize + position % pageSize;
    }

    private static final class Result implements StepResult {
        private final Map<Integer, RuntimeException> failures = new HashMap<>();
        private int[] ids = {};

        @Override
        public void await() {
        }

        @Override
        public double deviceSeconds() {
            return 0;
        }

        @Override
        public int id(int i) {
            return ids[i];
        }

        @Override
        public Optional<TokenLogprob> logprob(int i) {
            return Optional.empty();
        }

        @Override
        public void promptLogprobs(int i, Req req) {
        }

        @Override
        public void pool(int i, Req req) {
        }

        @Override
        public Optional<RuntimeException> failure(int i) {
            return Optional.ofNullable(failures.get(i));
        }

        @Override
        public void fail(int i, RuntimeException cause) {
            failures.put(i, cause);
        }
    }
}
