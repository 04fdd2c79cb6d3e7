package io.gatun.runtime.scheduler;

import io.gatun.memory.OutOfMemoryException;
import io.gatun.runtime.cache.PrefixCache;
import io.gatun.runtime.cache.ReqToTokenPool;
import io.gatun.runtime.engine.EngineStats;
import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.scheduler.PrefillAdder.Outcome;
import io.gatun.runtime.scheduler.Req.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * Continuous batching (Orca, Yu et al. 2022; SGLang's Scheduler): decides for each step which requests are in it, and what becomes of them after it.
 * Prompts go before running requests; a prompt too long for a step goes in chunks, one such prompt at a time. With overlap, step N + 1 is launched
 * before the results of step N are looked at, so that the device does not wait for the host. One thread.
 */
public final class Scheduler {
    /** Tokens that each request shall have room for after others were retracted. */
    private static final int RETRACT_HEADROOM = 20;
    /** The longest output goes on first, for it has the most to lose; of equal ones that with the shortest prompt. */
    private static final Comparator<Req> DEAREST_FIRST =
            Comparator.comparingInt(Req::plannedOutputLen).reversed().thenComparingInt(Req::promptLen);

    private final SchedulerOptions options;
    private final PrefixCache cache;
    private final ReqToTokenPool rows;
    private final StepRunner runner;
    private final StepMeter meter;
    private final List<Req> waiting = new ArrayList<>();
    private final List<Req> running = new ArrayList<>();
    private final Deque<StepBatch> idle = new ArrayDeque<>();
    private final PrefillAdder adder;
    private final NewTokenRatio newTokenRatio;
    private Req chunked;
    private StepBatch launched;
    private StepBatch preparing;

    /** A scheduler for steps that {@code runner} runs. */
    public Scheduler(SchedulerOptions options, PrefixCache cache, ReqToTokenPool rows, StepRunner runner) {
        this.options = options;
        this.cache = cache;
        this.rows = rows;
        this.runner = runner;
        meter = new StepMeter(cache);
        adder = new PrefillAdder(cache, options.pageSize(), options.chunkedPrefillSize());
        newTokenRatio = new NewTokenRatio(options.scheduleConservativeness());
        idle.add(new StepBatch(runner.newResult()));
        idle.add(new StepBatch(runner.newResult()));
    }

    /** Takes a request. */
    public void add(Req req) {
        waiting.add(req);
    }

    /** Ends a request wherever it is; nothing if it has ended. */
    public void abort(Req req, String message) {
        if (req.state != State.ENDED) {
            end(req);
            finish(req, new FinishReason.Abort(message));
        }
    }

    /** Ends every request. */
    public void abortAll(String message) {
        all().forEach(req -> abort(req, message));
    }

    /** Ends every request because the device has failed; what it holds is not given back. */
    public void failAll(RuntimeException cause) {
        for (var req : all()) {
            req.state = State.ENDED;
            req.sink().failed(cause);
        }
        running.clear();
        waiting.clear();
        chunked = null;
        launched = null;
        preparing = null;
    }

    /** The most tokens of the cache that one request ever holds. */
    public long maxHeld() {
        return adder.maxHeld();
    }

    /** Whether there is nothing to do. */
    public boolean isIdle() {
        return waiting.isEmpty() && running.isEmpty() && chunked == null && launched == null;
    }

    /** Empties the prefix cache; false, with nothing done, while there are requests. */
    public boolean flushCache() {
        drain();
        return isIdle() && cache.flush();
    }

    /** How busy it is, and what it has done so far. */
    public EngineStats stats() {
        return new EngineStats(running(), waiting.size(), cache.totalTokens(), cache.availableTokens(), cache.evictableTokens(), meter.prefillTokens(),
                meter.cachedTokens(), meter.decodeTokens(), meter.decodeSeconds(), meter.decodeDeviceSeconds(), meter.lastGenThroughput(), meter.retractions());
    }

    /** One turn of the loop: launches a step if there is one to run, and handles the results of an earlier one. */
    public void step() {
        var batch = idle.remove();
        batch.clear();
        preparing = batch;
        prepare(batch);
        if (batch.isEmpty()) {
            idle.add(batch);
            drain();
            checkIdle();
            return;
        }
        if (!launch(batch)) {
            idle.add(batch);
            return;
        }
        var before = launched;
        launched = batch;
        if (before != null) {
            handle(before);
        }
        if (!options.overlap()) {
            drain();
        }
    }

    private void prepare(StepBatch batch) {
        if (needsKnownTokens()) {
            drain();
        }
        addPrefill(batch);
        if (batch.isEmpty() || options.mixedChunk()) {
            addDecodes(batch);
        }
    }

    /** A hook in Java is given the tokens so far, so that the step before must have ended. */
    private boolean needsKnownTokens() {
        for (int i = 0; i < running.size(); i++) {
            if (running.get(i).needsKnownTokens()) {
                return true;
            }
        }
        return chunked != null && chunked.needsKnownTokens();
    }

    private void addPrefill(StepBatch batch) {
        if (chunked == null && (waiting.isEmpty() || isFull())) {
            return;
        }
        adder.begin(batch, running, newTokenRatio.current());
        if (chunked != null && adder.resume(chunked) == Outcome.NO_ROOM) {
            return;
        }
        options.policy().order(waiting, cache);
        for (int i = 0; i < waiting.size() && !isFull(batch);) {
            var req = waiting.get(i);
            if (req.waitsForLeader() && options.sharesPrefixes()) {
                i++;
                continue;
            }
            var outcome = adder.admit(req);
            if (outcome == Outcome.NO_ROOM) {
                return;
            }
            waiting.remove(i);
            req.row = rows.allocate();
            meter.admitted(req.prefixLen());
            if (outcome == Outcome.CHUNKED) {
                chunked = req;
                return;
            }
        }
    }

    private int running() {
        return running.size() + (chunked == null ? 0 : 1);
    }

    private boolean isFull() {
        return running() >= options.maxRunningRequests();
    }

    private boolean isFull(StepBatch batch) {
        return running.size() + batch.size() >= options.maxRunningRequests();
    }

    private void addDecodes(StepBatch batch) {
        while (!growForDecode()) {
            if (!batch.isEmpty()) {
                return;
            }
            makeRoom();
        }
        int before = batch.size();
        for (int i = 0; i < running.size(); i++) {
            if (running.get(i).remaining() > 0) {
                batch.addDecode(running.get(i));
            }
        }
        if (batch.size() > before) {
            newTokenRatio.decay();
        }
    }

    /** Gives every running request room for one more token; false if there is not enough. */
    private boolean growForDecode() {
        for (int i = 0; i < running.size(); i++) {
            var req = running.get(i);
            if (req.remaining() > 0 && !cache.grow(req.claim, req.kvLen + 1)) {
                return false;
            }
        }
        return true;
    }

    /** Takes the cache away from the requests that lose least by it, until the others have room to go on; they are computed anew later. */
    private void makeRoom() {
        if (launched != null) {
            drain();
            return;
        }
        running.sort(DEAREST_FIRST);
        boolean retracted = false;
        while (running.size() > 1 && (!retracted || room() < (long) RETRACT_HEADROOM * running.size())) {
            retract(running.removeLast());
            retracted = true;
        }
        if (!retracted) {
            retractLast();
        }
        newTokenRatio.raise(running.stream().mapToLong(Req::outputLen).sum(), (long) RETRACT_HEADROOM * running.size(),
                running.stream().mapToLong(Req::maxNewTokens).sum());
    }

    private long room() {
        return cache.availableTokens() + cache.evictableTokens();
    }

    /** One request is left and has no room: a prompt that is being computed gives way, and without one the pool is too small for it. */
    private void retractLast() {
        if (chunked != null) {
            var req = chunked;
            chunked = null;
            retract(req);
        } else {
            var req = running.getFirst();
            end(req);
            req.sink().failed(new RequestException("the KV cache of " + cache.totalTokens() + " tokens cannot hold the " + (req.kvLen + 1)
                    + " tokens of this request; raise --max-total-tokens or --mem-fraction-static"));
        }
    }

    private void retract(Req req) {
        runner.forget(req);
        cache.release(req.claim);
        rows.release(req.row);
        req.retracted();
        meter.retracted();
        waiting.addFirst(req);
    }

    /** False if the step is too large for the device, which ends its requests. */
    private boolean launch(StepBatch batch) {
        batch.launched();
        try {
            runner.launch(batch);
        } catch (OutOfMemoryException e) {
            batch.reqs().forEach(req -> fail(req, e));
            return false;
        }
        for (int i = 0; i < batch.size(); i++) {
            var req = batch.reqs().get(i);
            if (req.state == State.PREFILLING) {
                prefilled(req);
            }
            cache.passWindow(req.claim, req.kvLen);
        }
        return true;
    }

    /** What the step computes may be shared at once: later steps run after it. */
    private void prefilled(Req req) {
        cache.cacheUnfinished(req.claim, req.keys(), req.kvLen);
        if (req.kvLen == req.tokens().size()) {
            req.state = State.RUNNING;
            running.add(req);
            if (req == chunked) {
                chunked = null;
            }
        }
    }

    private void drain() {
        if (launched != null) {
            var batch = launched;
            launched = null;
            handle(batch);
        }
    }

    private void handle(StepBatch batch) {
        batch.result.await();
        for (int i = 0; i < batch.size(); i++) {
            var req = batch.reqs().get(i);
            if (req.state != State.ENDED) {
                handle(req, batch, i);
            }
        }
        meter.stepped(batch, waiting.size(), running());
        idle.add(batch);
    }

    private void handle(Req req, StepBatch batch, int i) {
        var failure = batch.result.failure(i);
        if (failure.isPresent()) {
            fail(req, failure.get());
            return;
        }
        batch.result.promptLogprobs(i, req);
        if (req.pooling().isPresent()) {
            pool(req, batch, i);
            return;
        }
        if (!batch.isSampled(i)) {
            return;
        }
        int id = batch.result.id(i);
        req.took(id);
        req.sink().token(id, batch.result.logprob(i));
        var reason = req.stop().push(id);
        if (reason.isPresent() || req.outputLen() == req.maxNewTokens()) {
            end(req);
            finish(req, reason.orElseGet(() -> req.stop().end(FinishReason.LENGTH)));
        }
    }

    private void pool(Req req, StepBatch batch, int i) {
        batch.result.pool(i, req);
        if (batch.isComplete(i)) {
            end(req);
            req.sink().embedding(req.pooled);
            finish(req, FinishReason.LENGTH);
        }
    }

    private static void finish(Req req, FinishReason reason) {
        RequestEvent.commit(req, reason.type());
        req.sink().finished(reason, req.stats());
    }

    private void fail(Req req, RuntimeException cause) {
        if (req.state != State.ENDED) {
            cache.release(req.claim);
            req.kvLen = 0;
            end(req);
            RequestEvent.commit(req, "error");
            req.sink().failed(cause);
        }
    }

    /** Takes the request out of wherever it is. What of its tokens is in the cache, or will be when the steps launched have run, others may use. */
    private void end(Req req) {
        if (req.state == State.WAITING) {
            waiting.remove(req);
        } else {
            running.remove(req);
            if (req == chunked) {
                chunked = null;
            }
            cache.cacheFinished(req.claim, req.keys(), Math.min(req.kvLen, req.tokens().size()));
            rows.release(req.row);
            runner.forget(req);
        }
        req.state = State.ENDED;
    }

    private List<Req> all() {
        var all = new ArrayList<>(running);
        all.addAll(waiting);
        if (chunked != null) {
            all.add(chunked);
        }
        if (preparing != null) {
            preparing.reqs().stream().filter(req -> req.state != State.ENDED && !all.contains(req)).forEach(all::add);
        }
        return all;
    }

    private void checkIdle() {
        if (isIdle()) {
            newTokenRatio.reset();
            cache.checkInvariant(List.of());
        }
    }
}
