package io.gatun.runtime.multimodal.decode;

import java.util.Arrays;

/**
 * The inverse discrete cosine transform of libjpeg's accurate integer method (Loeffler, Ligtenberg and Moschytz with 13 fractional bits), with which other
 * decoders agree to the last bit.
 */
final class JpegIdct {
    private static final int BITS = 13;
    private static final int PASS_BITS = 2;
    private static final int C0298 = 2446;
    private static final int C0390 = 3196;
    private static final int C0541 = 4433;
    private static final int C0765 = 6270;
    private static final int C0899 = 7373;
    private static final int C1175 = 9633;
    private static final int C1501 = 12299;
    private static final int C1847 = 15137;
    private static final int C1961 = 16069;
    private static final int C2053 = 16819;
    private static final int C2562 = 20995;
    private static final int C3072 = 25172;

    private final int[] work = new int[64];

    /** Turns 64 coefficients into 8 x 8 samples. */
    void transform(short[] coefficients, int from, int[] quantization, byte[] out, int at, int stride) {
        int[] w = work;
        for (int i = 0; i < 8; i++) {
            column(coefficients, from + i, quantization, i, w);
        }
        for (int row = 0; row < 8; row++) {
            row(w, row * 8, out, at + row * stride);
        }
    }

    /** The same for a block of which only the first coefficient, dequantized, is not zero. */
    void flat(int first, byte[] out, int at, int stride) {
        byte value = (byte) Math.clamp((first + 4 >> 3) + 128, 0, 255);
        for (int row = 0; row < 8; row++) {
            Arrays.fill(out, at + row * stride, at + row * stride + 8, value);
        }
    }

    private static void column(short[] in, int at, int[] q, int i, int[] w) {
        if ((in[at + 8] | in[at + 16] | in[at + 24] | in[at + 32] | in[at + 40] | in[at + 48] | in[at + 56]) == 0) {
            int dc = in[at] * q[i] << PASS_BITS;
            for (int row = 0; row < 64; row += 8) {
                w[row + i] = dc;
            }
            return;
        }
        int z2 = in[at + 16] * q[i + 16];
        int z3 = in[at + 48] * q[i + 48];
        int z1 = (z2 + z3) * C0541;
        int t2 = z1 - z3 * C1847;
        int t3 = z1 + z2 * C0765;
        z2 = in[at] * q[i];
        z3 = in[at + 32] * q[i + 32];
        int t0 = z2 + z3 << BITS;
        int t1 = z2 - z3 << BITS;
        int t10 = t0 + t3;
        int t13 = t0 - t3;
        int t11 = t1 + t2;
        int t12 = t1 - t2;
        t0 = in[at + 56] * q[i + 56];
        t1 = in[at + 40] * q[i + 40];
        t2 = in[at + 24] * q[i + 24];
        t3 = in[at + 8] * q[i + 8];
        int z4 = t1 + t3;
        z3 = t0 + t2;
        int z5 = (z3 + z4) * C1175;
        z1 = -(t0 + t3) * C0899;
        z2 = -(t1 + t2) * C2562;
        z3 = z5 - z3 * C1961;
        z4 = z5 - z4 * C0390;
        t0 = t0 * C0298 + z1 + z3;
        t1 = t1 * C2053 + z2 + z4;
        t2 = t2 * C3072 + z2 + z3;
        t3 = t3 * C1501 + z1 + z4;
        int shift = BITS - PASS_BITS;
        int half = 1 << shift - 1;
        w[i] = t10 + t3 + half >> shift;
        w[i + 56] = t10 - t3 + half >> shift;
        w[i + 8] = t11 + t2 + half >> shift;
        w[i + 48] = t11 - t2 + half >> shift;
        w[i + 16] = t12 + t1 + half >> shift;
        w[i + 40] = t12 - t1 + half >> shift;
        w[i + 24] = t13 + t0 + half >> shift;
        w[i + 32] = t13 - t0 + half >> shift;
    }

    private static void row(int[] w, int r, byte[] out, int at) {
        int z2 = w[r + 2];
        int z3 = w[r + 6];
        int z1 = (z2 + z3) * C0541;
        int t2 = z1 - z3 * C1847;
        int t3 = z1 + z2 * C0765;
        int t0 = w[r] + w[r + 4] << BITS;
        int t1 = w[r] - w[r + 4] << BITS;
        int t10 = t0 + t3;
        int t13 = t0 - t3;
        int t11 = t1 + t2;
        int t12 = t1 - t2;
        t0 = w[r + 7];
        t1 = w[r + 5];
        t2 = w[r + 3];
        t3 = w[r + 1];
        int z4 = t1 + t3;
        z3 = t0 + t2;
        int z5 = (z3 + z4) * C1175;
        z1 = -(t0 + t3) * C0899;
        z2 = -(t1 + t2) * C2562;
        z3 = z5 - z3 * C1961;
        z4 = z5 - z4 * C0390;
        t0 = t0 * C0298 + z1 + z3;
        t1 = t1 * C2053 + z2 + z4;
        t2 = t2 * C3072 + z2 + z3;
        t3 = t3 * C1501 + z1 + z4;
        out[at] = sample(t10 + t3);
        out[at + 7] = sample(t10 - t3);
        out[at + 1] = sample(t11 + t2);
        out[at + 6] = sample(t11 - t2);
        out[at + 2] = sample(t12 + t1);
        out[at + 5] = sample(t12 - t1);
        out[at + 3] = sample(t13 + t0);
        out[at + 4] = sample(t13 - t0);
    }

    private static byte sample(int value) {
        int shift = BITS + PASS_BITS + 3;
        return (byte) Math.clamp((value + (1 << shift - 1) >> shift) + 128, 0, 255);
    }
}
