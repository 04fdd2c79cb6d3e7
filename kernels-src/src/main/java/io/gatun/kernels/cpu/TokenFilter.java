package io.gatun.kernels.cpu;

import java.util.Arrays;

/**
 * Finds the lowest logit that top k, top p and min p leave, without sorting the vocabulary: the k-th largest value, or the one at which the likeliest have
 * the probability p, is narrowed down eight bits at a time (radix select). Probabilities are 40-bit fractions of the likeliest token's, so that their sums
 * are exact. For one thread.
 */
final class TokenFilter {
    /** What no filter leaves out: everything but NaN and negative infinity. */
    static final float ALL = -Float.MAX_VALUE;

    private static final int DIGIT_BITS = 8;
    private static final int DIGITS = 1 << DIGIT_BITS;
    private static final float FRACTION = 0x1p40f;

    private final long[] sums = new long[DIGITS];
    private float[] row;
    private int vocabulary;

    /**
     * The lowest logit that stays.
     *
     * @param row the logits, and behind them each one's share of the likeliest's probability
     */
    float lowest(float[] row, int vocabulary, float top, float temperature, int topK, float topP, float minP) {
        this.row = row;
        this.vocabulary = vocabulary;
        float lowest = topK > 0 && topK < vocabulary ? narrow(ALL, topK, false) : ALL;
        if (topP < 1) {
            lowest = narrow(lowest, Math.max(1, (long) ((double) topP * total(lowest))), true);
        }
        return minP > 0 ? Math.max(lowest, top + (float) Math.log(minP) * temperature) : lowest;
    }

    private long total(float lowest) {
        long total = 0;
        for (int i = 0; i < vocabulary; i++) {
            total += row[i] >= lowest ? fraction(i) : 0;
        }
        return total;
    }

    /** The largest value for which those as large, by number or by weight, are {@code wanted} together; {@code lowest} where there are not so many. */
    private float narrow(float lowest, long wanted, boolean byWeight) {
        int prefix = 0;
        long left = wanted;
        for (int shift = Integer.SIZE - DIGIT_BITS; shift >= 0; shift -= DIGIT_BITS) {
            Arrays.fill(sums, 0);
            for (int i = 0; i < vocabulary; i++) {
                int key = key(row[i]);
                boolean inPrefix = shift == Integer.SIZE - DIGIT_BITS || key >>> shift + DIGIT_BITS == prefix;
                if (inPrefix && row[i] >= lowest) {
                    sums[key >>> shift & DIGITS - 1] += byWeight ? fraction(i) : 1;
                }
            }
            int digit = DIGITS - 1;
            while (digit >= 0 && sums[digit] < left) {
                left -= sums[digit--];
            }
            if (digit < 0) {
                return lowest;
            }
            prefix = prefix << DIGIT_BITS | digit;
        }
        return value(prefix);
    }

    private long fraction(int i) {
        return (long) (row[vocabulary + i] * FRACTION);
    }

    /** Larger floats have larger keys, as unsigned numbers. */
    private static int key(float x) {
        int bits = Float.floatToRawIntBits(x);
        return bits < 0 ? ~bits : bits | Integer.MIN_VALUE;
    }

    private static float value(int key) {
        return Float.intBitsToFloat(key < 0 ? key & Integer.MAX_VALUE : ~key);
    }
}
