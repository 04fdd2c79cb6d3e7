package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.memory.CpuDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;
import java.util.Arrays;
import java.util.Random;

/** Tensors of reproducible numbers, and how far a result may be from its reference. */
final class Fixture implements AutoCloseable {
    static final DType[] FLOATS = {DType.F32, DType.F16, DType.BF16};

    final CpuDevice device = new CpuDevice();
    final TensorArena arena = device.arena("test", 1 << 20);
    private final Random random = new Random(7);

    Tensor empty(DType dtype, long... dims) {
        var tensor = arena.allocate(dtype, dims);
        float[] poison = new float[(int) tensor.elements()];
        Arrays.fill(poison, Float.NaN);
        return tensor.copyFrom(poison);
    }

    Tensor emptyInts(long... dims) {
        return arena.allocate(DType.I32, dims);
    }

    Tensor ints(int... values) {
        return arena.allocate(DType.I32, values.length).copyFrom(values);
    }

    Tensor random(DType dtype, long... dims) {
        var tensor = arena.allocate(dtype, dims);
        float[] values = new float[(int) tensor.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return tensor.copyFrom(values);
    }

    /** Rows that are columns {@code gap} on of a wider matrix. */
    Tensor randomWithGaps(DType dtype, int rows, int cols, int gap) {
        return random(dtype, rows, cols + 2L * gap).narrowCols(gap, cols);
    }

    Tensor emptyWithGaps(DType dtype, int rows, int cols, int gap) {
        return empty(dtype, rows, cols + 2L * gap).narrowCols(gap, cols);
    }

    int randomInt(int bound) {
        return random.nextInt(bound);
    }

    /** The relative error of rounding to {@code dtype}. */
    static double epsilon(DType dtype) {
        return switch (dtype) {
            case F32 -> 0x1p-24;
            case F16 -> 0x1p-11;
            default -> 0x1p-8;
        };
    }

    /** Each element within {@code tolerance} of its expectation, relative to the larger of it and 1. */
    static void assertClose(Tensor actual, double[] expected, double tolerance) {
        float[] values = actual.toFloats();
        assertThat(values).hasSize(expected.length);
        for (int i = 0; i < values.length; i++) {
            double limit = tolerance * Math.max(1, Math.abs(expected[i]));
            double error = Math.abs(values[i] - expected[i]);
            assertThat(error).as("element %d is %s, expected %s", i, values[i], expected[i]).isLessThanOrEqualTo(limit);
        }
    }

    @Override
    public void close() {
        arena.close();
        assertThat(device.ledger().liveBytes()).isZero();
    }
}
