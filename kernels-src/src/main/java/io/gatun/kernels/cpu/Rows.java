package io.gatun.kernels.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.lang.foreign.MemorySegment;

/** Pieces of tensors as floats: widened when read, rounded to the tensor's dtype when written. Operations compute on arrays alone. */
record Rows(Lanes lanes) {

    /** Reads {@code n} elements of row {@code row} from column {@code col} on. */
    void read(Tensor source, long row, int col, int n, float[] target, int at) {
        readFlat(source, row * source.rowStride() + col, n, target, at);
    }

    /** Reads {@code n} elements from element {@code from} on. */
    void readFlat(Tensor source, long from, int n, float[] target, int at) {
        lanes.widen(source.segment(), source.dtype(), from * source.dtype().bytes(), target, at, n);
    }

    /** Writes {@code n} elements of row {@code row} from column {@code col} on. */
    void write(float[] source, int at, int n, Tensor target, long row, int col) {
        writeFlat(source, at, n, target, row * target.rowStride() + col);
    }

    /** Writes {@code n} elements from element {@code to} on. */
    void writeFlat(float[] source, int at, int n, Tensor target, long to) {
        var segment = target.segment();
        long from = to * target.dtype().bytes();
        switch (target.dtype()) {
            case F32 -> MemorySegment.copy(source, at, segment, JAVA_FLOAT_UNALIGNED, from, n);
            case BF16 -> {
                for (int i = 0; i < n; i++) {
                    segment.set(JAVA_SHORT_UNALIGNED, from + 2L * i, DType.floatToBf16(source[at + i]));
                }
            }
            case F16 -> {
                for (int i = 0; i < n; i++) {
                    segment.set(JAVA_SHORT_UNALIGNED, from + 2L * i, Float.floatToFloat16(source[at + i]));
                }
            }
            default -> throw new IllegalArgumentException(target + " does not hold floats");
        }
    }

    /** Rounds floats to what {@code dtype} can hold. */
    static void round(DType dtype, float[] x, int at, int n) {
        switch (dtype) {
            case BF16 -> {
                for (int i = at; i < at + n; i++) {
                    x[i] = DType.bf16ToFloat(DType.floatToBf16(x[i]));
                }
            }
            case F16 -> {
                for (int i = at; i < at + n; i++) {
                    x[i] = Float.float16ToFloat(Float.floatToFloat16(x[i]));
                }
            }
            default -> { }
        }
    }

    /** Element {@code i} of an i32 tensor. */
    static int intAt(Tensor source, long i) {
        return source.segment().get(JAVA_INT_UNALIGNED, 4 * i);
    }

    /** Sets element {@code i} of an i32 tensor. */
    static void setInt(Tensor target, long i, int value) {
        target.segment().set(JAVA_INT_UNALIGNED, 4 * i, value);
    }

    /** Element {@code i} of an f32 tensor. */
    static float floatAt(Tensor source, long i) {
        return source.segment().get(JAVA_FLOAT_UNALIGNED, 4 * i);
    }
}
