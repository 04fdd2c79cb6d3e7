package io.gatun.runtime.scheduler;

import io.gatun.runtime.batch.ForwardMode;
import io.gatun.runtime.cache.PrefixCache;

/** Counts what steps do, and tells Java Flight Recorder. */
final class StepMeter {
    private static final int WINDOW = 40;

    private final PrefixCache cache;
    private StepEvent event = new StepEvent();
    private long prefillTokens;
    private long cachedTokens;
    private long decodeTokens;
    private double decodeSeconds;
    private double decodeDeviceSeconds;
    private long retractions;
    private long lastEnd;
    private long windowTokens;
    private double windowSeconds;
    private int windowSteps;
    private double lastGenThroughput;

    StepMeter(PrefixCache cache) {
        this.cache = cache;
        event.begin();
    }

    /** A step has ended; {@code waiting} and {@code running} requests are there now. */
    void stepped(StepBatch batch, int waiting, int running) {
        long now = System.nanoTime();
        if (batch.mode() == ForwardMode.DECODE) {
            decodeDeviceSeconds += batch.result.deviceSeconds();
            decoded(batch.size(), (now - Math.max(lastEnd, batch.launchedAt())) / 1e9);
        } else {
            prefillTokens += batch.tokens() - batch.decodes();
        }
        lastEnd = now;
        record(batch, waiting, running);
    }

    /** A request was admitted with {@code cached} tokens of its prompt in the cache. */
    void admitted(int cached) {
        cachedTokens += cached;
    }

    void retracted() {
        retractions++;
    }

    long prefillTokens() {
        return prefillTokens;
    }

    long cachedTokens() {
        return cachedTokens;
    }

    long decodeTokens() {
        return decodeTokens;
    }

    double decodeSeconds() {
        return decodeSeconds;
    }

    double decodeDeviceSeconds() {
        return decodeDeviceSeconds;
    }

    double lastGenThroughput() {
        return lastGenThroughput;
    }

    long retractions() {
        return retractions;
    }

    private void decoded(int tokens, double seconds) {
        decodeTokens += tokens;
        decodeSeconds += seconds;
        windowTokens += tokens;
        windowSeconds += seconds;
        if (++windowSteps == WINDOW) {
            lastGenThroughput = windowTokens / windowSeconds;
            windowTokens = 0;
            windowSeconds = 0;
            windowSteps = 0;
        }
    }

    private void record(StepBatch batch, int waiting, int running) {
        if (event.isEnabled()) {
            event.mode = batch.mode().name();
            event.requests = batch.size();
            event.decodes = batch.decodes();
            event.tokens = batch.tokens();
            event.waiting = waiting;
            event.running = running;
            event.available = cache.availableTokens();
            event.evictable = cache.evictableTokens();
            event.deviceTime = (long) (batch.result.deviceSeconds() * 1e9);
            event.commit();
        }
        event = new StepEvent();
        event.begin();
    }
}
