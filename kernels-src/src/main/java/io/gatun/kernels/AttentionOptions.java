package io.gatun.kernels;

import io.gatun.memory.Tensor;
import java.util.Optional;

/**
 * How scores become weights.
 *
 * @param scale what the products of queries and keys are multiplied with
 * @param window how many positions a token sees, itself included: position i sees j where {@code i - j < window}; {@link #NO_WINDOW} means all before it
 * @param logitCap scores become {@code logitCap * tanh(score * scale / logitCap)} (Gemma 2); 0 leaves them
 * @param sinks [heads], dtype of the weights: a learned score of each query head that takes its share of the softmax and has no value (gpt-oss)
 */
public record AttentionOptions(float scale, int window, float logitCap, Optional<Tensor> sinks) {
    public static final int NO_WINDOW = Integer.MAX_VALUE;

    public AttentionOptions {
        if (window < 1) {
            throw new IllegalArgumentException("attention: a window of " + window + " positions; a token sees at least itself, so it must be 1 or more");
        }
        if (!(logitCap >= 0 && logitCap < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("attention: the cap of scores is " + logitCap + "; it must be positive, or 0 for none");
        }
    }

    /** The plain softmax of scaled scores over all positions. */
    public static AttentionOptions of(float scale) {
        return new AttentionOptions(scale, NO_WINDOW, 0, Optional.empty());
    }

    public AttentionOptions withWindow(int window) {
        return new AttentionOptions(scale, window, logitCap, sinks);
    }

    public AttentionOptions withLogitCap(float logitCap) {
        return new AttentionOptions(scale, window, logitCap, sinks);
    }

    public AttentionOptions withSinks(Tensor sinks) {
        return new AttentionOptions(scale, window, logitCap, Optional.of(sinks));
    }

    public boolean hasWindow() {
        return window != NO_WINDOW;
    }

    public boolean hasLogitCap() {
        return logitCap != 0;
    }
}
