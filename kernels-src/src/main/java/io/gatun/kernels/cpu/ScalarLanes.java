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
    public void dotRows(float[] x, MemorySegment weight, DType dtype, long at, int rows, int k, float[] out, int outAt) {
        for (int row = 0; row < rows; row++) {
            out[outAt + row] = dot(x, weight, dtype, at + (long) row * k * dtype.bytes(), k);
        }
    }

    @Override
    public void dots(float[] x, int xAt, int m, float[] w, int n, int k, float[] out, int outAt, int outStride) {
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                out[outAt + i * outStride + j] = dot(x, xAt + i * k, w, j * k, k);
            }
        }
    }

    @Override
    public float dot(float[] a, float[] b, int k) {
        return dot(a, 0, b, 0, k);
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
    public float exponentials(float[] s, int at, int n, float scale) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
            s[i] *= scale;
            max = Math.max(max, s[i]);
        }
        float sum = 0;
        for (int i = at; i < at + n; i++) {
            s[i] = (float) Math.exp(s[i] - max);
            sum += s[i];
        }
        return sum;
    }

    @Override
    public void silu(float[] x, int at, int n) {
        for (int i = at; i < at + n; i++) {
            x[i] /= 1 + (float) Math.exp(-x[i]);
        }
    }

    private static float dot(float[] a, int aAt, float[] b, int bAt, int k) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = 0;
        for (; i + 4 <= k; i += 4) {
            s0 += a[aAt + i] * b[bAt + i];
            s1 += a[aAt + i + 1] * b[bAt + i + 1];
            s2 += a[aAt + i + 2] * b[bAt + i + 2];
            s3 += a[aAt + i + 3] * b[bAt + i + 3];
        }
        for (; i < k; i++) {
            s0 += a[aAt + i] * b[bAt + i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    /** As the other {@code dot}, in the same order. */
    private static float dot(float[] x, MemorySegment w, DType dtype, long at, int k) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = 0;
        for (; i + 4 <= k; i += 4) {
            s0 += x[i] * element(w, dtype, at, i);
            s1 += x[i + 1] * element(w, dtype, at, i + 1);
            s2 += x[i + 2] * element(w, dtype, at, i + 2);
            s3 += x[i + 3] * element(w, dtype, at, i + 3);
        }
        for (; i < k; i++) {
            s0 += x[i] * element(w, dtype, at, i);
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
