package io.gatun.runtime.scheduler;

/**
 * What became of a request on its way.
 *
 * @param cachedTokens tokens of the prompt that the prefix cache had when the request was first admitted
 * @param retractions how often it lost its cache to others and was computed anew
 * @param queueSeconds from its arrival to its first step
 * @param firstTokenSeconds from its arrival to its first token; 0 if none came
 * @param seconds from its arrival to its end
 */
public record RequestStats(int cachedTokens, int retractions, double queueSeconds, double firstTokenSeconds, double seconds) {
}
