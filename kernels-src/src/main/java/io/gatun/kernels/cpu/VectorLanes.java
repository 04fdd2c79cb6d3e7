package io.gatun.kernels.cpu;


import io.gatun.memory.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The Vector API behind {@link Lanes}. Every sum has one vector accumulator that runs over k (tiles of several results keep the multipliers busy), is
 * folded in a fixed order, and takes what is left of k as scalars. There is one loop for each weight type, because vectors chosen inside a shared loop
 * would be boxed.
 */
final class VectorLanes implements Lanes {
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED.length() > 16 ? FloatVector.SPECIES_512 : FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, F.vectorShape());
    private static final VectorSpecies<Short> H = VectorSpecies.of(short.class, VectorShape.forBitSize(Math.max(64, F.vectorBitSize() / 2)));
    private static final int LANES = F.length();
    private static final VectorShuffle<Float> FOLD_8 = down(8);
    private static final VectorShuffle<Float> FOLD_4 = down(4);
    private static final VectorShuffle<Float> FOLD_2 = down(2);
    private static final VectorShuffle<Float> FOLD_1 = down(1);
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    private static final float LOG2_E = 1.442695f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.1219444e-4f;
    /** Added and taken away again, it rounds to an integer, which then lies in the low bits of the sum. */
    private static final float ROUND = 0x1.8p23f;
    private static final float EXP_MIN = -87.3f;
    private static final float EXP_MAX = 88.3f;

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
                    bf16(source, at + 2L * i).intoArray(target, targetAt + i);
                }
            }
            case F16 -> {
                for (int i = 0; i < end; i += LANES) {
                    f16(source, at + 2L * i).intoArray(target, targetAt + i);
                }
            }
            default -> { }
        }
        ScalarLanes.widenScalar(source, dtype, at + (long) end * dtype.bytes(), target, targetAt + end, n - end);
    }

    @Override
    public void dotRows(float[] x, MemorySegment weight, DType dtype, long at, int rows, int k, float[] out, int outAt) {
        float[] sums = partials.get();
        int step = dtype == DType.F16 ? 2 : 4;
        long rowBytes = (long) k * dtype.bytes();
        int row = 0;
        for (; row + step <= rows; row += step) {
            long from = at + row * rowBytes;
            switch (dtype) {
                case F32 -> dot4F32(x, weight, from, k, sums);
                case BF16 -> dot4Bf16(x, weight, from, k, sums);
                case F16 -> dot2F16(x, weight, from, k, sums);
                default -> throw new IllegalArgumentException(dtype + " is no floating-point type");
            }
            fold(sums, 0, step, out, outAt + row);
        }
        for (; row < rows; row++) {
            out[outAt + row] = dot1(x, weight, dtype, at + row * rowBytes, k);
        }
        if (F.loopBound(k) < k) {
            addTails(x, weight, dtype, at, rows, k, out, outAt);
        }
    }

    private static void dot4F32(float[] x, MemorySegment w, long at, int k, float[] sums) {
        long rowBytes = 4L * k;
        var a0 = FloatVector.zero(F);
        var a1 = a0;
        var a2 = a0;
        var a3 = a0;
        int end = F.loopBound(k);
        for (int i = 0; i < end; i += LANES) {
            var xi = FloatVector.fromArray(F, x, i);
            long p = at + 4L * i;
            a0 = f32(w, p).fma(xi, a0);
            a1 = f32(w, p + rowBytes).fma(xi, a1);
            a2 = f32(w, p + 2 * rowBytes).fma(xi, a2);
            a3 = f32(w, p + 3 * rowBytes).fma(xi, a3);
        }
        a0.intoArray(sums, 0);
        a1.intoArray(sums, LANES);
        a2.intoArray(sums, 2 * LANES);
        a3.intoArray(sums, 3 * LANES);
    }

    private static void dot4Bf16(float[] x, MemorySegment w, long at, int k, float[] sums) {
        long rowBytes = 2L * k;
        var a0 = FloatVector.zero(F);
        var a1 = a0;
        var a2 = a0;
        var a3 = a0;
        int end = F.loopBound(k);
        for (int i = 0; i < end; i += LANES) {
            var xi = FloatVector.fromArray(F, x, i);
            long p = at + 2L * i;
            a0 = bf16(w, p).fma(xi, a0);
            a1 = bf16(w, p + rowBytes).fma(xi, a1);
            a2 = bf16(w, p + 2 * rowBytes).fma(xi, a2);
            a3 = bf16(w, p + 3 * rowBytes).fma(xi, a3);
        }
        a0.intoArray(sums, 0);
        a1.intoArray(sums, LANES);
        a2.intoArray(sums, 2 * LANES);
        a3.intoArray(sums, 3 * LANES);
    }

    private static void dot2F16(float[] x, MemorySegment w, long at, int k, float[] sums) {
        long rowBytes = 2L * k;
        var a0 = FloatVector.zero(F);
        var a1 = a0;
        int end = F.loopBound(k);
        for (int i = 0; i < end; i += LANES) {
            var xi = FloatVector.fromArray(F, x, i);
            long p = at + 2L * i;
            a0 = f16(w, p).fma(xi, a0);
            a1 = f16(w, p + rowBytes).fma(xi, a1);
        }
        a0.intoArray(sums, 0);
        a1.intoArray(sums, LANES);
    }

    private static float dot1(float[] x, MemorySegment w, DType dtype, long at, int k) {
        var a = FloatVector.zero(F);
        int end = F.loopBound(k);
        switch (dtype) {
            case F32 -> {
                for (int i = 0; i < end; i += LANES) {
                    a = f32(w, at + 4L * i).fma(FloatVector.fromArray(F, x, i), a);
                }
            }
            case BF16 -> {
                for (int i = 0; i < end; i += LANES) {
                    a = bf16(w, at + 2L * i).fma(FloatVector.fromArray(F, x, i), a);
                }
            }
            case F16 -> {
                for (int i = 0; i < end; i += LANES) {
                    a = f16(w, at + 2L * i).fma(FloatVector.fromArray(F, x, i), a);
                }
            }
            default -> throw new IllegalArgumentException(dtype + " is no floating-point type");
        }
        return sum(a);
    }

    private static void addTails(float[] x, MemorySegment w, DType dtype, long at, int rows, int k, float[] out, int outAt) {
        for (int row = 0; row < rows; row++) {
            for (int i = F.loopBound(k); i < k; i++) {
                out[outAt + row] += x[i] * ScalarLanes.element(w, dtype, at + (long) row * k * dtype.bytes(), i);
            }
        }
    }

    @Override
    public void dots(float[] x, int xAt, int m, float[] w, int n, int k, float[] out, int outAt, int outStride) {
        float[] sums = partials.get();
        for (int i = 0; i < m; i += 2) {
            boolean two = i + 1 < m;
            int from = xAt + i * k;
            int to = outAt + i * outStride;
            int j = 0;
            for (; j + 4 <= n; j += 4) {
                if (two) {
                    tile2x4(x, from, w, j * k, k, sums);
                    fold(sums, 4, 4, out, to + outStride + j);
                } else {
                    tile1x4(x, from, w, j * k, k, sums);
                }
                fold(sums, 0, 4, out, to + j);
            }
            for (; j < n; j++) {
                out[to + j] = dot(x, from, w, j * k, k);
                if (two) {
                    out[to + outStride + j] = dot(x, from + k, w, j * k, k);
                }
            }
        }
        if (F.loopBound(k) < k) {
            addTails(x, xAt, m, w, n, k, out, outAt, outStride);
        }
    }

    private static void tile2x4(float[] x, int xAt, float[] w, int wAt, int k, float[] sums) {
        var a0 = FloatVector.zero(F);
        var a1 = a0;
        var a2 = a0;
        var a3 = a0;
        var b0 = a0;
        var b1 = a0;
        var b2 = a0;
        var b3 = a0;
        int end = F.loopBound(k);
        for (int i = 0; i < end; i += LANES) {
            var xa = FloatVector.fromArray(F, x, xAt + i);
            var xb = FloatVector.fromArray(F, x, xAt + k + i);
            var w0 = FloatVector.fromArray(F, w, wAt + i);
            a0 = w0.fma(xa, a0);
            b0 = w0.fma(xb, b0);
            var w1 = FloatVector.fromArray(F, w, wAt + k + i);
            a1 = w1.fma(xa, a1);
            b1 = w1.fma(xb, b1);
            var w2 = FloatVector.fromArray(F, w, wAt + 2 * k + i);
            a2 = w2.fma(xa, a2);
            b2 = w2.fma(xb, b2);
            var w3 = FloatVector.fromArray(F, w, wAt + 3 * k + i);
            a3 = w3.fma(xa, a3);
            b3 = w3.fma(xb, b3);
        }
        a0.intoArray(sums, 0);
        a1.intoArray(sums, LANES);
        a2.intoArray(sums, 2 * LANES);
        a3.intoArray(sums, 3 * LANES);
        b0.intoArray(sums, 4 * LANES);
        b1.intoArray(sums, 5 * LANES);
        b2.intoArray(sums, 6 * LANES);
        b3.intoArray(sums, 7 * LANES);
    }

    private static void tile1x4(float[] x, int xAt, float[] w, int wAt, int k, float[] sums) {
        var a0 = FloatVector.zero(F);
        var a1 = a0;
        var a2 = a0;
        var a3 = a0;
        int end = F.loopBound(k);
        for (int i = 0; i < end; i += LANES) {
            var xi = FloatVector.fromArray(F, x, xAt + i);
            a0 = FloatVector.fromArray(F, w, wAt + i).fma(xi, a0);
            a1 = FloatVector.fromArray(F, w, wAt + k + i).fma(xi, a1);
            a2 = FloatVector.fromArray(F, w, wAt + 2 * k + i).fma(xi, a2);
            a3 = FloatVector.fromArray(F, w, wAt + 3 * k + i).fma(xi, a3);
        }
        a0.intoArray(sums, 0);
        a1.intoArray(sums, LANES);
        a2.intoArray(sums, 2 * LANES);
        a3.intoArray(sums, 3 * LANES);
    }

    private static float dot(float[] x, int xAt, float[] w, int wAt, int k) {
        var a = FloatVector.zero(F);
        int end = F.loopBound(k);
        for (int i = 0; i < end; i += LANES) {
            a = FloatVector.fromArray(F, w, wAt + i).fma(FloatVector.fromArray(F, x, xAt + i), a);
        }
        return sum(a);
    }

    private static void addTails(float[] x, int xAt, int m, float[] w, int n, int k, float[] out, int outAt, int outStride) {
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                for (int l = F.loopBound(k); l < k; l++) {
                    out[outAt + i * outStride + j] += x[xAt + i * k + l] * w[j * k + l];
                }
            }
        }
    }

    /** Sums of vectors {@code first} to {@code first + count} of {@code sums}; apart from the loops that made them, lest C2 gives up inlining there. */
    private static void fold(float[] sums, int first, int count, float[] out, int outAt) {
        for (int i = 0; i < count; i++) {
            out[outAt + i] = sum(FloatVector.fromArray(F, sums, (first + i) * LANES));
        }
    }

    @Override
    public float dot(float[] a, float[] b, int k) {
        float sum = dot(a, 0, b, 0, k);
        for (int i = F.loopBound(k); i < k; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    @Override
    public void addScaled(float[] p, int pAt, int n, float[] v, int d, float[] acc, int accAt) {
        int c = 0;
        for (; c + 4 * LANES <= d; c += 4 * LANES) {
            addScaled4(p, pAt, n, v, c, d, acc, accAt + c);
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

    private static void addScaled4(float[] p, int pAt, int n, float[] v, int c, int d, float[] acc, int accAt) {
        var a0 = FloatVector.fromArray(F, acc, accAt);
        var a1 = FloatVector.fromArray(F, acc, accAt + LANES);
        var a2 = FloatVector.fromArray(F, acc, accAt + 2 * LANES);
        var a3 = FloatVector.fromArray(F, acc, accAt + 3 * LANES);
        for (int j = 0; j < n; j++) {
            var pj = FloatVector.broadcast(F, p[pAt + j]);
            int at = j * d + c;
            a0 = FloatVector.fromArray(F, v, at).fma(pj, a0);
            a1 = FloatVector.fromArray(F, v, at + LANES).fma(pj, a1);
            a2 = FloatVector.fromArray(F, v, at + 2 * LANES).fma(pj, a2);
            a3 = FloatVector.fromArray(F, v, at + 3 * LANES).fma(pj, a3);
        }
        a0.intoArray(acc, accAt);
        a1.intoArray(acc, accAt + LANES);
        a2.intoArray(acc, accAt + 2 * LANES);
        a3.intoArray(acc, accAt + 3 * LANES);
    }

    @Override
    public float exponentials(float[] s, int at, int n, float scale) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
            s[i] *= scale;
            max = Math.max(max, s[i]);
        }
        var sums = FloatVector.zero(F);
        for (int i = 0; i < n; i += LANES) {
            var mask = F.indexInRange(i, n);
            var e = exp(FloatVector.fromArray(F, s, at + i, mask).sub(max));
            e.intoArray(s, at + i, mask);
            sums = sums.add(e, mask);
        }
        return sum(sums);
    }

    @Override
    public void silu(float[] x, int at, int n) {
        for (int i = 0; i < n; i += LANES) {
            var mask = F.indexInRange(i, n);
            var v = FloatVector.fromArray(F, x, at + i, mask);
            v.div(exp(v.neg()).add(1)).intoArray(x, at + i, mask);
        }
    }

    /** exp(v) as a power of two and the first terms of the series for what is left; within 2 ulp, 0 where the result would be denormal. */
    private static FloatVector exp(FloatVector v) {
        var rounded = v.min(EXP_MAX).max(EXP_MIN).fma(FloatVector.broadcast(F, LOG2_E), FloatVector.broadcast(F, ROUND));
        var n = rounded.sub(ROUND);
        var r = n.fma(FloatVector.broadcast(F, -LN2_HIGH), v.min(EXP_MAX).max(EXP_MIN));
        r = n.fma(FloatVector.broadcast(F, -LN2_LOW), r);
        var e = FloatVector.broadcast(F, 1f / 5040);
        e = e.fma(r, FloatVector.broadcast(F, 1f / 720));
        e = e.fma(r, FloatVector.broadcast(F, 1f / 120));
        e = e.fma(r, FloatVector.broadcast(F, 1f / 24));
        e = e.fma(r, FloatVector.broadcast(F, 1f / 6));
        e = e.fma(r, FloatVector.broadcast(F, 1f / 2));
        e = e.fma(r, FloatVector.broadcast(F, 1f));
        e = e.fma(r, FloatVector.broadcast(F, 1f));
        var power = rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).add(0x3f800000).reinterpretAsFloats();
        return e.mul(power).blend(0f, v.compare(VectorOperators.LT, EXP_MIN));
    }

    private static FloatVector f32(MemorySegment s, long at) {
        return FloatVector.fromMemorySegment(F, s, at, LE);
    }

    private static FloatVector bf16(MemorySegment s, long at) {
        return shorts(s, at).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    /** Puts the bits where a float has them; one product then sets the exponent right, denormals included, but for infinity and NaN. */
    private static FloatVector f16(MemorySegment s, long at) {
        var bits = shorts(s, at).lanewise(VectorOperators.LSHL, 13).and(0x8fffe000);
        var value = bits.reinterpretAsFloats().mul(0x1p112f);
        var special = value.abs().compare(VectorOperators.GE, 0x1p16f);
        var full = value.reinterpretAsInts().or(0x7f800000).reinterpretAsFloats();
        return value.blend(full, special);
    }

    private static IntVector shorts(MemorySegment s, long at) {
        return (IntVector) ShortVector.fromMemorySegment(H, s, at, LE).convertShape(VectorOperators.S2I, I, 0);
    }

    /** The sum of all lanes, the upper half onto the lower until one is left; {@code reduceLanes} promises no order. */
    private static float sum(FloatVector v) {
        if (LANES >= 16) {
            v = v.add(v.rearrange(FOLD_8));
        }
        if (LANES >= 8) {
            v = v.add(v.rearrange(FOLD_4));
        }
        v = v.add(v.rearrange(FOLD_2));
        return v.add(v.rearrange(FOLD_1)).lane(0);
    }

    private static VectorShuffle<Float> down(int distance) {
        return VectorShuffle.fromOp(F, lane -> (lane + distance) % LANES);
    }
}
