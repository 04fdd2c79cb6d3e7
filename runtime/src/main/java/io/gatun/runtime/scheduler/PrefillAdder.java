package io.gatun.runtime.scheduler;

import io.gatun.kernels.AttentionOptions;
import io.gatun.runtime.cache.PrefixCache;
import java.util.List;

/**
 * Admits waiting requests to a prefill step while there is room for them: in the step for their prompts, and in the cache for these and for the output
 * that they and the running requests are expected to generate (SGLang's PrefillAdder).
 */
final class PrefillAdder {
    /** Longer outputs are not reserved for: they rarely come, and what is missing then is won by retraction. */
    static final int MAX_RESERVED_OUTPUT = 4096;

    /** What became of a request. */
    enum Outcome { ADMITTED, CHUNKED, NO_ROOM }

    private final PrefixCache cache;
    private final int pageSize;
    private final int chunkSize;
    private StepBatch batch;
    private long reserved;
    private int tokensLeft;

    PrefillAdder(PrefixCache cache, int pageSize, int chunkSize) {
        this.cache = cache;
        this.pageSize = pageSize;
        this.chunkSize = chunkSize;
    }

    /** Begins a step. */
    void begin(StepBatch batch, List<Req> running, double newTokenRatio) {
        this.batch = batch;
        tokensLeft = chunkSize;
        double output = 0;
        for (int i = 0; i < running.size(); i++) {
            output += Math.min(running.get(i).remaining(), MAX_RESERVED_OUTPUT) * newTokenRatio;
        }
        reserved = (long) output;
    }

    /** Goes on with the request whose prompt was begun in an earlier step, and comes before all others. */
    Outcome resume(Req req) {
        return add(req);
    }

    /** Admits a request if there is room for it; otherwise it is as it was. */
    Outcome admit(Req req) {
        if (tokensLeft == 0) {
            return Outcome.NO_ROOM;
        }
        req.kvLen = cache.claim(req.claim, req.keys(), req.matchLimit());
        long output = Math.min(req.remaining(), MAX_RESERVED_OUTPUT) + pageSize;
        long needed = Math.min(maxHeld(), req.tokens().size() - req.kvLen + output);
        if (needed + reserved <= cache.availableTokens() + cache.evictableTokens() || isAlone()) {
            int cached = req.kvLen;
            var outcome = add(req);
            if (outcome != Outcome.NO_ROOM) {
                req.admitted(cached);
                reserved += Math.min(maxHeld(), output + req.tokens().size() - req.kvLen);
                return outcome;
            }
        }
        cache.release(req.claim);
        req.kvLen = 0;
        return Outcome.NO_ROOM;
    }

    /** The most tokens of the cache that a request ever holds: where all layers have a window that, what it shares, and a chunk that it computes. */
    long maxHeld() {
        return cache.window() == AttentionOptions.NO_WINDOW ? Long.MAX_VALUE : 2L * cache.window() + chunkSize + 2L * pageSize;
    }

    /** One request may always try: it was let in since the pool can hold it. */
    private boolean isAlone() {
        return reserved == 0 && batch.isEmpty();
    }

    private Outcome add(Req req) {
        int missing = req.tokens().size() - req.kvLen;
        int length = uncut(req, Math.min(missing, tokensLeft));
        if (length > tokensLeft && !batch.isEmpty() || !cache.grow(req.claim, req.kvLen + length)) {
            return Outcome.NO_ROOM;
        }
        tokensLeft = Math.max(0, tokensLeft - length);
        batch.addChunk(req, length, length == missing);
        return length == missing ? Outcome.ADMITTED : Outcome.CHUNKED;
    }

    /** A length that cuts no picture whose tokens see each other; the picture alone may be longer than a step. */
    private static int uncut(Req req, int length) {
        return req.media().isPresent() ? req.media().get().uncut(req.kvLen, req.kvLen + length) - req.kvLen : length;
    }
}
