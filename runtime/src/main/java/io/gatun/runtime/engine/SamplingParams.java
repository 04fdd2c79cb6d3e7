package io.gatun.runtime.engine;

/**
 * How a text is continued: the most likely token each time.
 *
 * @param maxNewTokens the most tokens to generate, at least 1
 * @param ignoreEos whether to go on after an end-of-sequence token
 */
public record SamplingParams(int maxNewTokens, boolean ignoreEos) {
    /** SGLang's default for {@code max_new_tokens}. */
    public static final int DEFAULT_MAX_NEW_TOKENS = 128;

    public SamplingParams {
        if (maxNewTokens < 1) {
            throw new IllegalArgumentException("max new tokens is " + maxNewTokens + "; it must be at least 1");
        }
    }

    /** Up to {@code maxNewTokens} tokens, ending at an end-of-sequence token. */
    public static SamplingParams greedy(int maxNewTokens) {
        return new SamplingParams(maxNewTokens, false);
    }
}
