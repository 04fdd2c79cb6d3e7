package io.gatun.kernels;

/**
 * Random numbers that are a function of seed, step and token alone: SplitMix64's mixing (Steele, Lea and Flood 2014) of seed and step, and MurmurHash3's
 * last mixing (Appleby) of that and the token. {@code sample.cu} has the same.
 */
public final class SamplingNoise {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final float LARGEST = 1 - 0x1p-24f;

    private SamplingNoise() {
    }

    /** What all random numbers of a draw depend on. */
    public static long key(long seed, int step) {
        long z = seed + GOLDEN * (step + 1L);
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    /** An exponentially distributed number: a draw is the token with the largest probability divided by its number. */
    public static float exponential(long key, int token) {
        int bits = (int) key + token * 0x9E3779B9;
        bits = (bits ^ bits >>> 16) * 0x85EBCA6B;
        bits = (bits ^ bits >>> 13 ^ (int) (key >>> 32)) * 0xC2B2AE35;
        bits ^= bits >>> 16;
        float uniform = Math.min(((bits >>> 8) + 0.5f) * 0x1p-24f, LARGEST);
        return (float) -Math.log1p(-uniform);
    }
}
