package io.gatun.runtime.scheduler;

import io.gatun.runtime.batch.ForwardMode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** The requests of one step, and where their results come back. Two take turns: one is filled while the other's step runs. */
final class StepBatch {
    private final List<Req> reqs = new ArrayList<>();
    private final BitSet complete = new BitSet();
    private int tokens;
    private int decodes;
    private long launchedAt;
    final StepResult result;

    StepBatch(StepResult result) {
        this.result = result;
    }

    void clear() {
        reqs.clear();
        complete.clear();
        tokens = 0;
        decodes = 0;
    }

    /**
     * Adds the next tokens of a prompt.
     *
     * @param last whether the prompt ends with them, so that a token follows, unless an embedding is wanted
     */
    void addChunk(Req req, int length, boolean last) {
        req.advance(length);
        add(req, length, last);
    }

    /** Adds the last token of a running request. */
    void addDecode(Req req) {
        req.advance(1);
        decodes++;
        add(req, 1, true);
    }

    List<Req> reqs() {
        return reqs;
    }

    int size() {
        return reqs.size();
    }

    boolean isEmpty() {
        return reqs.isEmpty();
    }

    /** Tokens that the step computes. */
    int tokens() {
        return tokens;
    }

    /** Requests that decode in it. */
    int decodes() {
        return decodes;
    }

    /** When it was launched, by {@link System#nanoTime}. */
    long launchedAt() {
        return launchedAt;
    }

    void launched() {
        launchedAt = System.nanoTime();
    }

    /** Whether request {@code i}'s sample is a token of its output. */
    boolean isSampled(int i) {
        return complete.get(i) && reqs.get(i).pooling().isEmpty();
    }

    /** Whether all tokens of request {@code i} have been computed with this step. */
    boolean isComplete(int i) {
        return complete.get(i);
    }

    ForwardMode mode() {
        return decodes == 0 ? ForwardMode.EXTEND : decodes == reqs.size() ? ForwardMode.DECODE : ForwardMode.MIXED;
    }

    private void add(Req req, int length, boolean last) {
        complete.set(reqs.size(), last);
        reqs.add(req);
        if (isSampled(reqs.size() - 1)) {
            req.inFlight++;
        }
        tokens += length;
    }
}
