package io.gatun.kernels.cpu;

import io.gatun.memory.DType;
import java.lang.foreign.MemorySegment;

/**
 * The inner loops in which the time goes, with the Vector API or without. A result depends on the numbers that go into it and on the
 * lengths {@code k}, {@code n} or {@code d} of what is summed, never on how many other results are computed beside it.
 */
sealed interface Lanes permits VectorLanes, ScalarLanes, WarmingLanes {

    /** Vectors where the JVM was started with {@code --add-modules jdk.incubator.vector} and the machine has them, else scalars. */
    static Lanes best() {
        boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        return present && VectorLanes.supported() ? new WarmingLanes() : new ScalarLanes();
    }

    /** Such as {@code 16 lanes}. */
    String name();

    /** Converts {@code n} elements of {@code dtype}, from byte {@code at} on, to floats. */
    void widen(MemorySegment source, DType dtype, long at, float[] target, int targetAt, int n);

    /** As the other, to the start of {@code target}. */
    void widen(MemorySegment source, DType dtype, long at, MemorySegment target, int n);

    /**
     * {@code out[i * outStride + j] = x row i · w row j}.
     *
     * @param x m rows of k floats, from {@code xAt} on
     * @param w n rows of k elements of {@code dtype}, from byte {@code wAt} on
     */
    void products(float[] x, int xAt, int m, MemorySegment w, DType dtype, long wAt, int n, int k, float[] out, int outAt, int outStride);

    /** {@code a · b} over {@code k} floats. */
    float dot(float[] a, float[] b, int k);

    /**
     * {@code acc[c] += p[j] * v[j][c]}, row after row.
     *
     * @param v n rows of d floats
     */
    void addScaled(float[] p, int pAt, int n, float[] v, int d, float[] acc, int accAt);

    /** {@code x[i] = exp(scale * x[i] - shift)}. Returns the sum. */
    float exp(float[] x, int at, int n, float scale, float shift);
}
