package io.gatun.kernels;

/** Random numbers that are a function of seed, step and token alone (SplitMix64's mixing, Steele, Lea and Flood 2014); {@code sample.cu} has the same. */
public final class SamplingNoise {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final float LARGEST = 1 - 0x1p-24f;

    private SamplingNoise() {
    }

    /** A uniformly distributed number in (0, 1), as fine near 0 as floats are: there the draws are decided. */
    public static float uniform(long seed, int step, int token) {
        long bits = mix(mix(seed + GOLDEN * (step + 1L)) + GOLDEN * (token + 1L));
        return Math.min((bits >>> 1 | 1) * 0x1p-63f, LARGEST);
    }

    /**
     * The exponentially distributed number that belongs to a uniform one, and is no smaller: a draw is the token with the largest probability divided by
     * its number, which is the Gumbel-max trick (Gumbel 1954) without its logarithm.
     */
    public static float exponential(float uniform) {
        return (float) -Math.log1p(-uniform);
    }

    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
