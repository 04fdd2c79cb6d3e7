package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.gatun.bindings.Cuda;
import io.gatun.bindings.CudaStatus;
import io.gatun.kernels.cpu.CpuKernels;
import io.gatun.memory.CpuDevice;
import io.gatun.memory.CudaDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** The same tensors on the GPU and on the CPU, to hold CUDA kernels to their CPU twins. */
final class Twins implements AutoCloseable {
    static final DType[] FLOATS = {DType.BF16, DType.F16, DType.F32};

    final CudaDevice gpu;
    final Launcher launcher;
    final CpuKernels reference;
    private final CpuDevice cpu = new CpuDevice();
    private final TensorArena onGpu;
    private final TensorArena onCpu = cpu.arena("test", 1 << 20);
    private final Random random = new Random(17);

    /**
     * One tensor twice.
     *
     * @param wide the memory around the rows of {@code gpu}
     */
    record Twin(Tensor gpu, Tensor cpu, Tensor wide) {
        Twin narrowRows(long from, long count) {
            return new Twin(gpu.narrowRows(from, count), cpu.narrowRows(from, count), wide);
        }

        Twin narrowCols(long from, long count) {
            return new Twin(gpu.narrowCols(from, count), cpu.narrowCols(from, count), wide);
        }
    }

    private Twins(CudaStatus.Available found, Path cubins) {
        gpu = CudaDevice.open(found.device());
        launcher = new Launcher(gpu, new KernelLibrary(gpu.ordinal(), gpu.architecture(), new KernelCompiler(found.nvrtc()), new CubinCache(cubins)));
        reference = new CpuKernels(cpu);
        onGpu = gpu.arena("test", 1 << 20);
    }

    /** Aborts the test where there is no GPU. */
    static Twins open(Path cubins) {
        return switch (Cuda.probe()) {
            case CudaStatus.Available found -> new Twins(found, cubins);
            case CudaStatus.Unavailable none -> abort("needs a GPU: " + none.message());
        };
    }

    /** Normally distributed numbers; on the GPU, {@code margin} columns of NaN lie on either side of a row. */
    Twin random(DType type, int margin, int rows, int cols) {
        var twin = empty(type, margin, rows, cols);
        float[] values = new float[rows * (cols + 2 * margin)];
        Arrays.fill(values, Float.NaN);
        for (int row = 0; row < rows; row++) {
            for (int col = 0; col < cols; col++) {
                values[row * (cols + 2 * margin) + margin + col] = (float) random.nextGaussian();
            }
        }
        twin.wide.copyFrom(values);
        return new Twin(twin.gpu, twin.cpu.copyFrom(twin.gpu.toFloats()), twin.wide);
    }

    /** NaN everywhere, in the margins too. */
    Twin empty(DType type, int margin, int rows, int cols) {
        var wide = onGpu.allocate(type, rows, cols + 2L * margin);
        gpu.fill(wide, 0xff);
        return new Twin(wide.narrowCols(margin, cols), onCpu.allocate(type, rows, cols), wide);
    }

    /** NaN in any number of dimensions. */
    Twin empty(DType type, long... dims) {
        var wide = onGpu.allocate(type, dims);
        gpu.fill(wide, 0xff);
        var twin = onCpu.allocate(type, dims);
        float[] poison = new float[Math.toIntExact(twin.elements())];
        Arrays.fill(poison, Float.NaN);
        return new Twin(wide, twin.copyFrom(poison), wide);
    }

    Twin floats(float[] values, long... dims) {
        var twin = empty(DType.F32, dims);
        return new Twin(twin.gpu.copyFrom(values), twin.cpu.copyFrom(values), twin.wide);
    }

    Twin ints(int... values) {
        return ints(values, values.length);
    }

    Twin ints(int[] values, long... dims) {
        var twin = onGpu.allocate(DType.I32, dims).copyFrom(values);
        return new Twin(twin, onCpu.allocate(DType.I32, dims).copyFrom(values), twin);
    }

    /** Each element of the GPU within {@code tolerance} of the CPU's, relative to the larger of that and 1, and nothing written outside the rows. */
    static void assertTwins(Twin twin, double tolerance) {
        float[] expected = twin.cpu.toFloats();
        float[] actual = twin.gpu.toFloats();
        for (int i = 0; i < expected.length; i++) {
            if (Float.compare(actual[i], expected[i]) != 0) {
                assertThat(Math.abs((double) actual[i] - expected[i])).as("element %d of %s is %s, the CPU's is %s", i, twin.gpu, actual[i], expected[i])
                        .isLessThanOrEqualTo(tolerance * Math.max(1, Math.abs(expected[i])));
            }
        }
        int width = twin.wide.cols();
        int margin = (width - twin.gpu.cols()) / 2;
        float[] all = twin.wide.toFloats();
        for (int at = 0; at < all.length; at += width) {
            assertThat(Arrays.copyOfRange(all, at, at + margin)).as("before row %d of %s", at / width, twin.gpu).containsOnly(poison(margin));
            assertThat(Arrays.copyOfRange(all, at + width - margin, at + width)).as("after row %d of %s", at / width, twin.gpu)
                    .containsOnly(poison(margin));
        }
    }

    /** The relative error of rounding to {@code type}, twice. */
    static double rounding(DType type) {
        return switch (type) {
            case BF16 -> 0x1p-7;
            case F16 -> 0x1p-10;
            default -> 1e-5;
        };
    }

    private static float[] poison(int margin) {
        float[] values = new float[margin];
        Arrays.fill(values, Float.NaN);
        return values;
    }

    @Override
    public void close() {
        onGpu.close();
        onCpu.close();
        launcher.close();
        reference.close();
        assertThat(gpu.ledger().liveBytes()).isZero();
        gpu.close();
    }
}
