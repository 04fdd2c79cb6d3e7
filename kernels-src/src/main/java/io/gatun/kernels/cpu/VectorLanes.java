package io.gatun.kernels.cpu;

import io.gatun.memory.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The Vector API behind {@link Lanes}. Every product has one vector accumulator that runs over k ({@link VectorTiles} keeps several going
 * at once), is folded in a fixed order, and takes what is left of k as scalars.
 */
final class VectorLanes implements Lanes {
    private static final VectorSpecies<Float> F = Vectors.F;
    private static final int LANES = F.length();

    static final float LOG2_E = 1.442695f;
    static final float LN2_HIGH = 0.693359375f;
    static final float LN2_LOW = -2.1219444e-4f;
    /** Added and taken away again, it rounds to an integer, which then lies in the low bits of the sum. */
    static final float ROUND = 0x1.8p23f;
    /** Its power of two is the first that is 0 when built from bits. */
    static final float EXP_MIN = -88f;
    static final float EXP_MAX = 88.3f;

    private final ThreadLocal<float[]> partials = ThreadLocal.withInitial(() -> new float[8 * LANES]);

    /** Whether the machine has vectors of at least four floats. */
    static boolean supported() {
        return LANES >= 4;
    }

    @Override
    public String name() {
        return LANES + " lanes";
    }

    @Override
    public void widen(MemorySegment source, DType dtype, long at, float[] target, int targetAt, int n) {
        int end = dtype == DType.F32 ? 0 : F.loopBound(n);
        switch (dtype) {
            case BF16 -> {
                for (int i = 0; i < end; i += LANES) {
                    Vectors.bf16(source, at + 2L * i).intoArray(target, targetAt + i);
                }
            }
            case F16 -> {
                for (int i = 0; i < end; i += LANES) {
                    Vectors.f16(source, at + 2L * i).intoArray(target, targetAt + i);
                }
            }
            default -> { }
        }
        ScalarLanes.widenScalar(source, dtype, at + (long) end * dtype.bytes(), target, targetAt + end, n - end);
    }

    @Override
    public void widen(MemorySegment source, DType dtype, long at, MemorySegment target, int n) {
        int end = F.loopBound(n);
        switch (dtype) {
            case BF16 -> {
                for (int i = 0; i < end; i += LANES) {
                    Vectors.bf16(source, at + 2L * i).intoMemorySegment(target, 4L * i, ByteOrder.LITTLE_ENDIAN);
                }
            }
            case F16 -> {
                for (int i = 0; i < end; i += LANES) {
                    Vectors.f16(source, at + 2L * i).intoMemorySegment(target, 4L * i, ByteOrder.LITTLE_ENDIAN);
                }
            }
            default -> end = 0;
        }
        ScalarLanes.widenScalar(source, dtype, at, target, end, n);
    }

    @Override
    public void products(float[] x, int xAt, int m, MemorySegment w, DType dtype, long wAt, int n, int k,
            float[] out, int outAt, int outStride) {
        float[] sums = partials.get();
        int width = m == 1 ? n : VectorTiles.width(dtype);
        for (int j = 0; j < n; j += width) {
            long from = wAt + (long) j * k * dtype.bytes();
            int i = 0;
            for (; i + 2 <= m && j + width <= n; i += 2) {
                VectorTiles.two(x, xAt + i * k, w, dtype, from, k, sums, out, outAt + i * outStride + j, outStride);
            }
            for (; i < m; i++) {
                VectorTiles.one(x, xAt + i * k, w, dtype, from, Math.min(width, n - j), k, sums, out, outAt + i * outStride + j);
            }
        }
        if (F.loopBound(k) < k) {
            addTails(x, xAt, m, w, dtype, wAt, n, k, out, outAt, outStride);
        }
    }

    private static void addTails(float[] x, int xAt, int m, MemorySegment w, DType dtype, long wAt, int n, int k,
            float[] out, int outAt, int outStride) {
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                long row = wAt + (long) j * k * dtype.bytes();
                for (int l = F.loopBound(k); l < k; l++) {
                    out[outAt + i * outStride + j] += x[xAt + i * k + l] * ScalarLanes.element(w, dtype, row, l);
                }
            }
        }
    }

    @Override
    public float dot(float[] a, float[] b, int k) {
        float[] sums = partials.get();
        var products = FloatVector.zero(F);
        int end = F.loopBound(k);
        for (int i = 0; i < end; i += LANES) {
            products = FloatVector.fromArray(F, a, i).fma(FloatVector.fromArray(F, b, i), products);
        }
        products.intoArray(sums, 0);
        float sum = Vectors.sum(sums, 0);
        for (int i = end; i < k; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    @Override
    public void addScaled(float[] p, int pAt, int n, float[] v, int d, float[] acc, int accAt) {
        int c = 0;
        for (; c + 4 * LANES <= d; c += 4 * LANES) {
            var a0 = FloatVector.fromArray(F, acc, accAt + c);
            var a1 = FloatVector.fromArray(F, acc, accAt + c + LANES);
            var a2 = FloatVector.fromArray(F, acc, accAt + c + 2 * LANES);
            var a3 = FloatVector.fromArray(F, acc, accAt + c + 3 * LANES);
            for (int j = 0; j < n; j++) {
                var pj = FloatVector.broadcast(F, p[pAt + j]);
                int at = j * d + c;
                a0 = FloatVector.fromArray(F, v, at).fma(pj, a0);
                a1 = FloatVector.fromArray(F, v, at + LANES).fma(pj, a1);
                a2 = FloatVector.fromArray(F, v, at + 2 * LANES).fma(pj, a2);
                a3 = FloatVector.fromArray(F, v, at + 3 * LANES).fma(pj, a3);
            }
            a0.intoArray(acc, accAt + c);
            a1.intoArray(acc, accAt + c + LANES);
            a2.intoArray(acc, accAt + c + 2 * LANES);
            a3.intoArray(acc, accAt + c + 3 * LANES);
        }
        for (; c + LANES <= d; c += LANES) {
            var a = FloatVector.fromArray(F, acc, accAt + c);
            for (int j = 0; j < n; j++) {
                a = FloatVector.fromArray(F, v, j * d + c).fma(FloatVector.broadcast(F, p[pAt + j]), a);
            }
            a.intoArray(acc, accAt + c);
        }
        for (; c < d; c++) {
            float a = acc[accAt + c];
            for (int j = 0; j < n; j++) {
                a += p[pAt + j] * v[j * d + c];
            }
            acc[accAt + c] = a;
        }
    }

    /** A power of two times the first terms of the series for what is left. Within 2 ulp; 0 where the result would be denormal. */
    @Override
    public float exp(float[] x, int at, int n, float scale, float shift) {
        float[] sums = partials.get();
        var total = FloatVector.zero(F);
        for (int i = 0; i < n; i += LANES) {
            var mask = F.indexInRange(i, n);
            var v = FloatVector.fromArray(F, x, at + i, mask).mul(scale).sub(shift).max(EXP_MIN).min(EXP_MAX);
            var rounded = v.mul(LOG2_E).add(ROUND);
            var power = rounded.reinterpretAsInts().add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
            var whole = rounded.sub(ROUND);
            var r = whole.fma(FloatVector.broadcast(F, -LN2_LOW), whole.fma(FloatVector.broadcast(F, -LN2_HIGH), v));
            var e = r.mul(1f / 5040).add(1f / 720);
            e = e.fma(r, FloatVector.broadcast(F, 1f / 120));
            e = e.fma(r, FloatVector.broadcast(F, 1f / 24));
            e = e.fma(r, FloatVector.broadcast(F, 1f / 6));
            e = e.fma(r, FloatVector.broadcast(F, 1f / 2));
            e = e.fma(r, FloatVector.broadcast(F, 1f));
            e = e.fma(r, FloatVector.broadcast(F, 1f)).mul(power);
            e.intoArray(x, at + i, mask);
            total = total.add(e, mask);
        }
        total.intoArray(sums, 0);
        return Vectors.sum(sums, 0);
    }
}
