package io.gatun.kernels;

/** What a feed-forward layer makes of each number, or of a gate and of the number that it gates ("up"): then the result is times up. */
public enum Activation {
    /** {@code x * sigmoid(x)} (SwiGLU, Shazeer 2020). */
    SILU,
    /** {@code x * Φ(x)}, with the normal distribution's Φ by the error function (GeGLU, Shazeer 2020). */
    GELU,
    /** GELU with Φ approximated by a hyperbolic tangent. */
    GELU_TANH,
    /** GELU with Φ approximated by {@code sigmoid(1.702 * x)} (CLIP). */
    QUICK_GELU,
    /**
     * gpt-oss's SwiGLU: {@code g * sigmoid(1.702 * g)} times {@code u + 1}, where {@code g} is the gate, at most 7, and {@code u} is up between -7 and 7.
     * Gates and ups take turns: gate 0, up 0, gate 1, up 1, as that family's checkpoints hold their rows. There is no such function of a number without a gate.
     */
    CLAMPED_SWIGLU;

    /** Whether each gate is followed by its up, instead of all gates by all ups. */
    public boolean interleaved() {
        return this == CLAMPED_SWIGLU;
    }
}
