package io.gatun.runtime.engine;

/**
 * How busy an engine is, and what it has done since it was loaded.
 *
 * @param running requests that have been admitted
 * @param waiting requests that wait
 * @param totalTokens tokens that the KV cache holds
 * @param availableTokens of these, free
 * @param evictableTokens of these, cached and not in use
 * @param prefillTokens tokens of prompts computed
 * @param cachedTokens tokens of prompts that the prefix cache had
 * @param decodeTokens tokens generated in steps that only decoded
 * @param decodeSeconds duration of those steps
 * @param decodeDeviceSeconds of these, the device was at work; 0 on the CPU, where nothing measures it
 * @param lastGenThroughput tokens generated a second in the last few steps that only decoded
 * @param retractions how often a request lost its cache to others
 */
public record EngineStats(int running, int waiting, long totalTokens, long availableTokens, long evictableTokens, long prefillTokens, long cachedTokens,
        long decodeTokens, double decodeSeconds, double decodeDeviceSeconds, double lastGenThroughput, long retractions) {

    /** The share of the KV cache that running requests use, from 0 to 1. */
    public double tokenUsage() {
        return 1 - (double) (availableTokens + evictableTokens) / totalTokens;
    }

    /** The share of the prompts' tokens that the prefix cache had, from 0 to 1. */
    public double cacheHitRate() {
        return cachedTokens == 0 ? 0 : (double) cachedTokens / (cachedTokens + prefillTokens);
    }
}
