package io.gatun.kernels.cpu;

import io.gatun.memory.DType;
import java.lang.foreign.MemorySegment;

/**
 * The inner loops in which the time goes, with the Vector API or without. A result depends on the numbers that go into it and on the lengths
 * {@code k}, {@code n} or {@code d} of what is summed, never on how many other results are computed beside it.
 */
sealed interface Lanes permits VectorLanes, ScalarLanes {

    /** Vectors where the JVM was started with {@code --add-modules jdk.incubator.vector} and the machine has them, else scalars. */
    static Lanes best() {
        boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        return present && VectorLanes.supported() ? new VectorLanes() : new ScalarLanes();
    }

    /** Such as {@code 16 lanes}. */
    String name();

    /** Converts {@code n} elements of {@code dtype}, from byte {@code at} on, to floats. */
    void widen(MemorySegment source, DType dtype, long at, float[] target, int targetAt, int n);

    /**
     * {@code out[i] = x · row i} for rows of {@code k} elements that follow each other from byte {@code at} on.
     *
     * @param x k floats
     */
    void dotRows(float[] x, MemorySegment weight, DType dtype, long at, int rows, int k, float[] out, int outAt);

    /**
     * {@code out[i * outStride + j] = x row i · w row j}; equal to what {@link #dotRows} gives for the same numbers.
     *
     * @param x m rows of k floats, from {@code xAt} on
     * @param w n rows of k floats
     */
    void dots(float[] x, int xAt, int m, float[] w, int n, int k, float[] out, int outAt, int outStride);

    /** {@code a · b} over {@code k} floats. */
    float dot(float[] a, float[] b, int k);

    /**
     * {@code acc[c] += p[j] * v[j][c]}, row after row.
     *
     * @param v n rows of d floats
     */
    void addScaled(float[] p, int pAt, int n, float[] v, int d, float[] acc, int accAt);

    /** {@code s[i] = exp(scale * s[i] - max)} with the largest of the scaled numbers. Returns the sum. */
    float exponentials(float[] s, int at, int n, float scale);

    /** {@code x[i] = x[i] / (1 + exp(-x[i]))}. */
    void silu(float[] x, int at, int n);
}
