package io.gatun.kernels.cpu;

import java.util.Arrays;

/**
 * Finds the lowest logit that top k, top p and min p leave, without sorting the vocabulary: the k-th largest value, or the one at which the likeliest have
 * the probability p, is narrowed down eight bits at a time (radix select).
 *
 * @param top the largest logit
 * @param inverse of the temperature
 */
record TokenFilter(float[] row, int vocabulary, float top, float inverse) {
    private static final int DIGIT_BITS = 8;
    private static final int DIGITS = 1 << DIGIT_BITS;

    float lowest(int topK, float topP, float minP) {
        float lowest = topK > 0 && topK < vocabulary ? kth(topK) : Float.NEGATIVE_INFINITY;
        if (topP < 1) {
            lowest = Math.max(lowest, nucleus(lowest, topP));
        }
        return minP > 0 ? Math.max(lowest, (float) (top + Math.log(minP) / inverse)) : lowest;
    }

    private float kth(int k) {
        return narrow(Float.NEGATIVE_INFINITY, k, false);
    }

    private float nucleus(float lowest, float topP) {
        double mass = 0;
        for (int i = 0; i < vocabulary; i++) {
            if (row[i] >= lowest) {
                mass += weight(i);
            }
        }
        return narrow(lowest, topP * mass, true);
    }

    /** The largest value for which all that are as large weigh {@code wanted}. */
    private float narrow(float lowest, double wanted, boolean byWeight) {
        double[] weights = new double[DIGITS];
        int prefix = 0;
        double left = wanted;
        for (int shift = Integer.SIZE - DIGIT_BITS; shift >= 0; shift -= DIGIT_BITS) {
            Arrays.fill(weights, 0);
            for (int i = 0; i < vocabulary; i++) {
                int key = key(row[i]);
                boolean inPrefix = shift == Integer.SIZE - DIGIT_BITS || key >>> shift + DIGIT_BITS == prefix;
                if (inPrefix && row[i] >= lowest) {
                    weights[key >>> shift & DIGITS - 1] += byWeight ? weight(i) : 1;
                }
            }
            int digit = DIGITS - 1;
            while (digit > 0 && weights[digit] < left) {
                left -= weights[digit--];
            }
            while (digit < DIGITS - 1 && weights[digit] == 0) {
                digit++;
            }
            prefix = prefix << DIGIT_BITS | digit;
        }
        return value(prefix);
    }

    private double weight(int i) {
        return Math.exp((row[i] - top) * inverse);
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
