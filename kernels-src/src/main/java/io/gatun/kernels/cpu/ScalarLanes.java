package io.gatun.kernels.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.gatun.memory.DType;
import java.lang.foreign.MemorySegment;

/** Plain loops, for JVMs without the Vector API. Sums run over several accumulators so that additions overlap. */
final class ScalarLanes implements Lanes {

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
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                out[outAt + i * outStride + j] = dot(x, xAt + i * k, w, dtype, wAt + (long) j * k * dtype.bytes(), k);
            }
        }
    }

    @Override
    public float dot(float[] a, float[] b, int k) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = 0;
        for (; i + 4 <= k; i += 4) {
            s0 += a[i] * b[i];
            s1 += a[i + 1] * b[i + 1];
            s2 += a[i + 2] * b[i + 2];
            s3 += a[i + 3] * b[i + 3];
        }
        for (; i < k; i++) {
            s0 += a[i] * b[i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    @Override
    public void addScaled(float[] p, int pAt, int n, float[] v, int d, float[] acc, int accAt) {
        for (int j = 0; j < n; j++) {
            float scale = p[pAt + j];
            for (int c = 0; c < d; c++) {
                acc[accAt + c] += scale * v[j * d + c];
            }
        }
    }

    @Override
    public float exp(float[] x, int at, int n, float scale, float shift) {
        float sum = 0;
        for (int i = at; i < at + n; i++) {
            x[i] = (float) Math.exp(x[i] * scale - shift);
            sum += x[i];
        }
        return sum;
    }

    private static float dot(float[] x, int xAt, MemorySegment w, DType dtype, long wAt, int k) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = 0;
        for (; i + 4 <= k; i += 4) {
            s0 += x[xAt + i] * element(w, dtype, wAt, i);
            s1 += x[xAt + i + 1] * element(w, dtype, wAt, i + 1);
            s2 += x[xAt + i + 2] * element(w, dtype, wAt, i + 2);
            s3 += x[xAt + i + 3] * element(w, dtype, wAt, i + 3);
        }
        for (; i < k; i++) {
            s0 += x[xAt + i] * element(w, dtype, wAt, i);
        }
        return (s0 + s1) + (s2 + s3);
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
