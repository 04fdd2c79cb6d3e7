package io.gatun.kernels.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.gatun.memory.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Plain loops. A sum runs over as many accumulators as a vector has lanes, and they are folded as {@link VectorLanes} folds a vector, so
 * that both give the same bits.
 */
final class ScalarLanes implements Lanes {
    private static final int DEFAULT_LANES = 16;

    private final int lanes;
    private final ThreadLocal<Buffers> buffers;

    /** Memory of one thread: accumulators, and weights on the heap, where access is fast before anything is compiled. */
    private static final class Buffers {
        private final float[] sums;
        private float[] floats = new float[0];
        private short[] bits = new short[0];

        Buffers(int lanes) {
            sums = new float[lanes];
        }
    }

    ScalarLanes() {
        this(DEFAULT_LANES);
    }

    /** Loops with the results of vectors of {@code lanes} floats, a power of two. */
    ScalarLanes(int lanes) {
        this.lanes = lanes;
        this.buffers = ThreadLocal.withInitial(() -> new Buffers(lanes));
    }

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public void widen(MemorySegment source, DType dtype, long at, float[] target, int targetAt, int n) {
        widenScalar(source, dtype, at, target, targetAt, n);
    }

    static void widenScalar(MemorySegment source, DType dtype, long at, float[] target, int targetAt, int n) {
        switch (dtype) {
            case F32 -> MemorySegment.copy(source, JAVA_FLOAT_UNALIGNED, at, target, targetAt, n);
            case BF16 -> {
                for (int i = 0; i < n; i++) {
                    target[targetAt + i] = DType.bf16ToFloat(source.get(JAVA_SHORT_UNALIGNED, at + 2L * i));
                }
            }
            case F16 -> {
                for (int i = 0; i < n; i++) {
                    target[targetAt + i] = Float.float16ToFloat(source.get(JAVA_SHORT_UNALIGNED, at + 2L * i));
                }
            }
            default -> throw new IllegalArgumentException(dtype + " is no floating-point type");
        }
    }

    @Override
    public void widen(MemorySegment source, DType dtype, long at, MemorySegment target, int n) {
        widenScalar(source, dtype, at, target, 0, n);
    }

    static void widenScalar(MemorySegment source, DType dtype, long at, MemorySegment target, int from, int to) {
        for (int i = from; i < to; i++) {
            target.setAtIndex(JAVA_FLOAT_UNALIGNED, i, element(source, dtype, at, i));
        }
    }

    @Override
    public void products(float[] x, int xAt, int m, MemorySegment w, DType dtype, long wAt, int n, int k,
            float[] out, int outAt, int outStride) {
        var own = buffers.get();
        float[] weights = floats(own, w, dtype, wAt, n * k);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                out[outAt + i * outStride + j] = dot(x, xAt + i * k, weights, j * k, k, own.sums);
            }
        }
    }

    @Override
    public float dot(float[] a, float[] b, int k) {
        return dot(a, 0, b, 0, k, buffers.get().sums);
    }

    @Override
    public void addScaled(float[] p, int pAt, int n, float[] v, int d, float[] acc, int accAt) {
        int end = d / lanes * lanes;
        for (int j = 0; j < n; j++) {
            float scale = p[pAt + j];
            for (int c = 0; c < end; c++) {
                acc[accAt + c] = Math.fma(v[j * d + c], scale, acc[accAt + c]);
            }
            for (int c = end; c < d; c++) {
                acc[accAt + c] += scale * v[j * d + c];
            }
        }
    }

    @Override
    public float exp(float[] x, int at, int n, float scale, float shift) {
        float[] sums = buffers.get().sums;
        Arrays.fill(sums, 0);
        for (int i = 0; i < n; i++) {
            x[at + i] = exp(x[at + i] * scale - shift);
            sums[i & lanes - 1] += x[at + i];
        }
        return fold(sums);
    }

    /** As {@link VectorLanes#exp}, step by step. */
    private static float exp(float x) {
        float v = Math.min(Math.max(x, VectorLanes.EXP_MIN), VectorLanes.EXP_MAX);
        float rounded = v * VectorLanes.LOG2_E + VectorLanes.ROUND;
        float power = Float.intBitsToFloat(Float.floatToRawIntBits(rounded) + 127 << 23);
        float whole = rounded - VectorLanes.ROUND;
        float r = Math.fma(whole, -VectorLanes.LN2_LOW, Math.fma(whole, -VectorLanes.LN2_HIGH, v));
        float e = r * (1f / 5040) + 1f / 720;
        e = Math.fma(e, r, 1f / 120);
        e = Math.fma(e, r, 1f / 24);
        e = Math.fma(e, r, 1f / 6);
        e = Math.fma(e, r, 1f / 2);
        e = Math.fma(e, r, 1f);
        return Math.fma(e, r, 1f) * power;
    }

    private float dot(float[] a, int aAt, float[] b, int bAt, int k, float[] sums) {
        Arrays.fill(sums, 0);
        int end = k / lanes * lanes;
        for (int i = 0; i < end; i += lanes) {
            for (int lane = 0; lane < lanes; lane++) {
                sums[lane] = Math.fma(a[aAt + i + lane], b[bAt + i + lane], sums[lane]);
            }
        }
        float sum = fold(sums);
        for (int i = end; i < k; i++) {
            sum += a[aAt + i] * b[bAt + i];
        }
        return sum;
    }

    private float fold(float[] sums) {
        for (int half = lanes / 2; half > 0; half /= 2) {
            for (int lane = 0; lane < half; lane++) {
                sums[lane] += sums[lane + half];
            }
        }
        return sums[0];
    }

    /** {@code count} weights as floats on the heap. */
    private static float[] floats(Buffers own, MemorySegment w, DType dtype, long at, int count) {
        if (own.floats.length < count) {
            own.floats = new float[count];
            own.bits = new short[count];
        }
        switch (dtype) {
            case F32 -> MemorySegment.copy(w, JAVA_FLOAT_UNALIGNED, at, own.floats, 0, count);
            case BF16 -> {
                MemorySegment.copy(w, JAVA_SHORT_UNALIGNED, at, own.bits, 0, count);
                for (int i = 0; i < count; i++) {
                    own.floats[i] = Float.intBitsToFloat(own.bits[i] << 16);
                }
            }
            case F16 -> {
                MemorySegment.copy(w, JAVA_SHORT_UNALIGNED, at, own.bits, 0, count);
                for (int i = 0; i < count; i++) {
                    own.floats[i] = Float.float16ToFloat(own.bits[i]);
                }
            }
            default -> throw new IllegalArgumentException(dtype + " is no floating-point type");
        }
        return own.floats;
    }

    static float element(MemorySegment w, DType dtype, long at, int i) {
        return switch (dtype) {
            case F32 -> w.get(JAVA_FLOAT_UNALIGNED, at + 4L * i);
            case BF16 -> DType.bf16ToFloat(w.get(JAVA_SHORT_UNALIGNED, at + 2L * i));
            case F16 -> Float.float16ToFloat(w.get(JAVA_SHORT_UNALIGNED, at + 2L * i));
            default -> throw new IllegalArgumentException(dtype + " is no floating-point type");
        };
    }
}
