package io.gatun.kernels;

/** Random numbers that are a function of seed, step and token alone (SplitMix64's mixing, Steele, Lea and Flood 2014); {@code sample.cu} has the same. */
public final class SamplingNoise {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final float LARGEST = 1 - 0x1p-24f;

    private SamplingNoise() {
    }

    /** An exponentially distributed number: a draw is the token with the largest probability divided by its number. */
    public static float exponential(long seed, int step, int token) {
        long bits = mix(mix(seed + GOLDEN * (step + 1L)) + GOLDEN * (token + 1L));
        float uniform = Math.min(((bits >>> 40) + 0.5f) * 0x1p-24f, LARGEST);
        return (float) -Math.log1p(-uniform);
    }

    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
