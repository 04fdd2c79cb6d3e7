package io.gatun.kernels.cpu;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/** Products with a few rows of a weight: for few rows of x the weights are read where they are, for many they are widened once. */
record Panels(Lanes lanes, Scratch scratch) {
    /** As many rows of x make widening in advance pay. */
    private static final int MANY_ROWS = 8;
    /** Weights that are worked on together; widened they shall stay in the second-level cache. */
    private static final int PANEL = 32 * 1024;
    private static final int MAX_ROWS = 64;

    /** How many rows of {@code k} weights to work on together. */
    static int rows(int k) {
        return Math.clamp(PANEL / Math.max(1, k), 4, MAX_ROWS) & ~3;
    }

    /**
     * {@code out[i * stride + j] = x row i · weight row (row + j)}.
     *
     * @param x m rows of k floats, from {@code xAt} on
     * @param weight rows of k without gaps
     * @param n at most {@link #rows}
     */
    void products(float[] x, int xAt, int m, Tensor weight, long row, int n, int k, int thread, float[] out, int outAt, int stride) {
        long at = row * k * weight.dtype().bytes();
        if (m >= MANY_ROWS && weight.dtype() != DType.F32) {
            var panel = scratch.panel(thread, (long) rows(k) * k * Float.BYTES);
            lanes.widen(weight.segment(), weight.dtype(), at, panel, n * k);
            lanes.products(x, xAt, m, panel, DType.F32, 0, n, k, out, outAt, stride);
        } else {
            lanes.products(x, xAt, m, weight.segment(), weight.dtype(), at, n, k, out, outAt, stride);
        }
    }
}
