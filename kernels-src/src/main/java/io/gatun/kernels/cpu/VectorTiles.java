package io.gatun.kernels.cpu;

import static io.gatun.kernels.cpu.Vectors.F;
import static io.gatun.kernels.cpu.Vectors.bf16;
import static io.gatun.kernels.cpu.Vectors.f16;
import static io.gatun.kernels.cpu.Vectors.f32;

import io.gatun.memory.DType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Products of one or two rows of x with rows of w, a few at once: so many independent accumulators hide the latency of a multiply-add,
 * and two rows of x share what was read and widened.
 *
 * <p>C2 inlines no more methods of ours once a compilation has 18 000 nodes, of which reading one bf16 vector makes 1 900, and what is not
 * inlined works on boxed vectors. So each tile is written out for each type, in a method that is too long (over 325 bytes) to be inlined
 * elsewhere. f16 has tiles of one row of w only; widening takes longer there than a multiply-add, so one accumulator is enough.
 */
final class VectorTiles {
    private static final int LANES = F.length();

    /**
     * Elements of x up to which rows of w are best read one after the other: x stays in the first-level cache, and a single stream is
     * fastest.
     */
    static final int SINGLE_ROW_K = 3072;

    private VectorTiles() {
    }

    /** Rows of w that {@link #two} takes. */
    static int width(DType dtype) {
        return dtype == DType.F16 ? 1 : 4;
    }

    /** One row of x with n rows of w. */
    static void one(float[] x, int xAt, MemorySegment w, DType dtype, long wAt, int n, int k, float[] sums, float[] out, int outAt) {
        switch (dtype) {
            case F32 -> oneF32(x, xAt, w, wAt, n, k, sums, out, outAt);
            case BF16 -> oneBf16(x, xAt, w, wAt, n, k, sums, out, outAt);
            case F16 -> oneF16(x, xAt, w, wAt, n, k, sums, out, outAt);
            default -> throw new IllegalArgumentException(dtype + " is no floating-point type");
        }
    }

    /**
     * Two rows of x that follow each other with {@link #width} rows of w; the results of the second row go to {@code outAt + outStride} on.
     */
    static void two(float[] x, int xAt, MemorySegment w, DType dtype, long wAt, int k, float[] sums,
            float[] out, int outAt, int outStride) {
        switch (dtype) {
            case F32 -> twoF32(x, xAt, w, wAt, k, sums);
            case BF16 -> twoBf16(x, xAt, w, wAt, k, sums);
            case F16 -> twoF16(x, xAt, w, wAt, k, sums);
            default -> throw new IllegalArgumentException(dtype + " is no floating-point type");
        }
        fold(sums, 0, width(dtype), out, outAt);
        fold(sums, width(dtype), width(dtype), out, outAt + outStride);
    }

    /** The sums of vectors {@code first} to {@code first + count} of {@code sums}. */
    private static void fold(float[] sums, int first, int count, float[] out, int outAt) {
        for (int i = 0; i < count; i++) {
            out[outAt + i] = Vectors.sum(sums, first + i);
        }
    }

    private static void oneF32(float[] x, int xAt, MemorySegment w, long wAt, int n, int k, float[] sums, float[] out, int outAt) {
        long rowBytes = 4L * k;
        int end = F.loopBound(k);
        int j = 0;
        for (; k > SINGLE_ROW_K && j + 4 <= n; j += 4) {
            var a0 = FloatVector.zero(F);
            var a1 = a0;
            var a2 = a0;
            var a3 = a0;
            for (int i = 0; i < end; i += LANES) {
                var xi = FloatVector.fromArray(F, x, xAt + i);
                long at = wAt + j * rowBytes + 4L * i;
                a0 = f32(w, at).fma(xi, a0);
                a1 = f32(w, at + rowBytes).fma(xi, a1);
                a2 = f32(w, at + 2 * rowBytes).fma(xi, a2);
                a3 = f32(w, at + 3 * rowBytes).fma(xi, a3);
            }
            a0.intoArray(sums, 0);
            a1.intoArray(sums, LANES);
            a2.intoArray(sums, 2 * LANES);
            a3.intoArray(sums, 3 * LANES);
            fold(sums, 0, 4, out, outAt + j);
        }
        for (; j < n; j++) {
            var a = FloatVector.zero(F);
            for (int i = 0; i < end; i += LANES) {
                a = f32(w, wAt + j * rowBytes + 4L * i).fma(FloatVector.fromArray(F, x, xAt + i), a);
            }
            a.intoArray(sums, 0);
            fold(sums, 0, 1, out, outAt + j);
        }
    }

    private static void oneBf16(float[] x, int xAt, MemorySegment w, long wAt, int n, int k, float[] sums, float[] out, int outAt) {
        long rowBytes = 2L * k;
        int end = F.loopBound(k);
        int j = 0;
        for (; k > SINGLE_ROW_K && j + 4 <= n; j += 4) {
            var a0 = FloatVector.zero(F);
            var a1 = a0;
            var a2 = a0;
            var a3 = a0;
            for (int i = 0; i < end; i += LANES) {
                var xi = FloatVector.fromArray(F, x, xAt + i);
                long at = wAt + j * rowBytes + 2L * i;
                a0 = bf16(w, at).fma(xi, a0);
                a1 = bf16(w, at + rowBytes).fma(xi, a1);
                a2 = bf16(w, at + 2 * rowBytes).fma(xi, a2);
                a3 = bf16(w, at + 3 * rowBytes).fma(xi, a3);
            }
            a0.intoArray(sums, 0);
            a1.intoArray(sums, LANES);
            a2.intoArray(sums, 2 * LANES);
            a3.intoArray(sums, 3 * LANES);
            fold(sums, 0, 4, out, outAt + j);
        }
        for (; j < n; j++) {
            var a = FloatVector.zero(F);
            for (int i = 0; i < end; i += LANES) {
                a = bf16(w, wAt + j * rowBytes + 2L * i).fma(FloatVector.fromArray(F, x, xAt + i), a);
            }
            a.intoArray(sums, 0);
            fold(sums, 0, 1, out, outAt + j);
        }
    }

    private static void oneF16(float[] x, int xAt, MemorySegment w, long wAt, int n, int k, float[] sums, float[] out, int outAt) {
        int end = F.loopBound(k);
        for (int j = 0; j < n; j++) {
            var a = FloatVector.zero(F);
            for (int i = 0; i < end; i += LANES) {
                a = f16(w, wAt + 2L * (j * (long) k + i)).fma(FloatVector.fromArray(F, x, xAt + i), a);
            }
            a.intoArray(sums, 0);
            fold(sums, 0, 1, out, outAt + j);
        }
    }

    private static void twoF32(float[] x, int xAt, MemorySegment w, long wAt, int k, float[] sums) {
        long rowBytes = 4L * k;
        int end = F.loopBound(k);
        var a0 = FloatVector.zero(F);
        var a1 = a0;
        var a2 = a0;
        var a3 = a0;
        var b0 = a0;
        var b1 = a0;
        var b2 = a0;
        var b3 = a0;
        for (int i = 0; i < end; i += LANES) {
            var xa = FloatVector.fromArray(F, x, xAt + i);
            var xb = FloatVector.fromArray(F, x, xAt + k + i);
            long at = wAt + 4L * i;
            var w0 = f32(w, at);
            a0 = w0.fma(xa, a0);
            b0 = w0.fma(xb, b0);
            var w1 = f32(w, at + rowBytes);
            a1 = w1.fma(xa, a1);
            b1 = w1.fma(xb, b1);
            var w2 = f32(w, at + 2 * rowBytes);
            a2 = w2.fma(xa, a2);
            b2 = w2.fma(xb, b2);
            var w3 = f32(w, at + 3 * rowBytes);
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

    private static void twoBf16(float[] x, int xAt, MemorySegment w, long wAt, int k, float[] sums) {
        long rowBytes = 2L * k;
        int end = F.loopBound(k);
        var a0 = FloatVector.zero(F);
        var a1 = a0;
        var a2 = a0;
        var a3 = a0;
        var b0 = a0;
        var b1 = a0;
        var b2 = a0;
        var b3 = a0;
        for (int i = 0; i < end; i += LANES) {
            var xa = FloatVector.fromArray(F, x, xAt + i);
            var xb = FloatVector.fromArray(F, x, xAt + k + i);
            long at = wAt + 2L * i;
            var w0 = bf16(w, at);
            a0 = w0.fma(xa, a0);
            b0 = w0.fma(xb, b0);
            var w1 = bf16(w, at + rowBytes);
            a1 = w1.fma(xa, a1);
            b1 = w1.fma(xb, b1);
            var w2 = bf16(w, at + 2 * rowBytes);
            a2 = w2.fma(xa, a2);
            b2 = w2.fma(xb, b2);
            var w3 = bf16(w, at + 3 * rowBytes);
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

    private static void twoF16(float[] x, int xAt, MemorySegment w, long wAt, int k, float[] sums) {
        int end = F.loopBound(k);
        var a = FloatVector.zero(F);
        var b = a;
        for (int i = 0; i < end; i += LANES) {
            var wi = f16(w, wAt + 2L * i);
            a = wi.fma(FloatVector.fromArray(F, x, xAt + i), a);
            b = wi.fma(FloatVector.fromArray(F, x, xAt + k + i), b);
        }
        a.intoArray(sums, 0);
        b.intoArray(sums, LANES);
    }
}
