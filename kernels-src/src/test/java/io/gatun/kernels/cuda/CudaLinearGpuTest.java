package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.junit.jupiter.api.Assumptions.abort;

import io.gatun.bindings.Cuda;
import io.gatun.bindings.CudaStatus;
import io.gatun.kernels.Progress;
import io.gatun.kernels.cpu.CpuKernels;
import io.gatun.kernels.cuda.LinearPlan.GemmFma;
import io.gatun.kernels.cuda.LinearPlan.GemmMma;
import io.gatun.kernels.cuda.LinearPlan.GemmWgmma;
import io.gatun.kernels.cuda.LinearPlan.Gemv;
import io.gatun.kernels.cuda.LinearPlan.GemvFma;
import io.gatun.kernels.cuda.LinearPlan.GemvStream;
import io.gatun.memory.CpuDevice;
import io.gatun.memory.CudaDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds every CUDA linear kernel to the CPU one on random numbers, odd sizes, rows with gaps and poisoned outputs. */
class CudaLinearGpuTest {
    private static final int[][] SHAPES = {{1, 499, 72}, {8, 64, 1024}, {5, 130, 2048}, {3, 37, 200}, {16, 499, 328}, {33, 257, 1000},
            {70, 640, 512}, {200, 499, 136}, {300, 1000, 520}, {9, 8, 24}, {65, 130, 67}, {2, 33, 5}, {257, 129, 64}};

    @TempDir
    static Path cubins;
    private static CudaDevice gpu;
    private static CpuDevice cpu;
    private static CpuKernels twin;
    private static Launcher launcher;
    private static CudaLinear linear;
    private final Random random = new Random(11);

    @BeforeAll
    static void open() {
        if (Cuda.probe() instanceof CudaStatus.Available found) {
            gpu = CudaDevice.open(found.device());
            var compiler = new KernelCompiler(found.nvrtc());
            launcher = new Launcher(gpu, new KernelLibrary(gpu.ordinal(), gpu.architecture(), compiler, new CubinCache(cubins)));
            linear = new CudaLinear(launcher, false);
            cpu = new CpuDevice();
            twin = new CpuKernels(cpu);
        }
    }

    @BeforeEach
    void skipWithoutGpu() {
        if (Cuda.probe() instanceof CudaStatus.Unavailable none) {
            abort("needs a GPU: " + none.message());
        }
    }

    @AfterAll
    static void close() {
        if (gpu != null) {
            launcher.close();
            twin.close();
            gpu.close();
        }
    }

    static Stream<LinearPlan> plans() {
        var plans = new ArrayList<LinearPlan>(List.of(new Gemv(2), new Gemv(1), new GemvFma(true), new GemvFma(false), new GemmFma(true, 64),
                new GemmFma(true, 128), new GemmFma(false, 64), new GemmMma(16, 1), new GemmMma(32, 2), new GemmMma(64, 3),
                new GemmMma(128, 1)));
        for (int tokens : new int[] {16, 32, 64, 96, 128, 192, 256}) {
            plans.add(new GemmWgmma(tokens, 1));
            plans.add(new GemmWgmma(tokens, 4));
            plans.add(new GemmWgmma(tokens, 1, 1));
        }
        for (int m : new int[] {1, 16, 64, 256}) {
            LinearCandidates.of(new LinearProblem(m, 4096, 4096, DType.BF16, DType.BF16, false, true), 90, 132).stream()
                    .filter(plan -> !plans.contains(plan)).forEach(plans::add);
        }
        return plans.stream();
    }

    @ParameterizedTest
    @MethodSource("plans")
    void everyKernelAgreesWithTheCpu(LinearPlan plan) {
        if (plan instanceof GemmWgmma && gpu.computeCapability() != 90 || plan instanceof GemvStream && gpu.computeCapability() < 90) {
            abort(plan + " needs a Hopper GPU, this is " + gpu.model());
        }
        launcher.prepare(() -> forEachSample(plan, sample -> { }), Progress.NONE);
        forEachSample(plan, Sample::assertAgreement);
    }

    private void forEachSample(LinearPlan plan, Consumer<Sample> check) {
        random.setSeed(11);
        for (int[] s : SHAPES) {
            for (DType type : List.of(DType.BF16, DType.F16, DType.F32)) {
                for (DType out : type == DType.F32 ? List.of(type) : List.of(type, DType.F32)) {
                    try (var arenas = new Arenas()) {
                        var sample = new Sample(arenas, s[0], s[1], s[2], type, out, random.nextBoolean());
                        if (takes(plan, sample.problem())) {
                            linear.launch(plan, sample.problem(), sample.x[1], sample.weight[1], sample.bias[1], sample.out[1]);
                            check.accept(sample);
                        }
                    }
                }
            }
        }
    }

    @Test
    void theChosenKernelsAgreeWithTheCpu() {
        for (int m : new int[] {1, 7, 8, 9, 31, 64, 129, 260}) {
            for (DType type : List.of(DType.BF16, DType.F16, DType.F32)) {
                try (var arenas = new Arenas()) {
                    var sample = new Sample(arenas, m, 499, 264, type, type, true);
                    linear.linear(sample.x[1], sample.weight[1], sample.bias[1], sample.out[1]);
                    sample.assertAgreement();
                }
            }
        }
    }

    @Test
    void aTokenHasTheSameBitsWhateverSharesItsSmallBatch() {
        for (var plan : LinearCandidates.of(new LinearProblem(1, 499, 1032, DType.BF16, DType.F32, true, true), gpu.computeCapability(), 132)) {
            try (var arenas = new Arenas()) {
                var sample = new Sample(arenas, 8, 499, 1032, DType.BF16, DType.F32, true);
                linear.launch(plan, sample.problem(), sample.x[1], sample.weight[1], sample.bias[1], sample.out[1]);
                var alone = arenas.gpu.allocate(DType.F32, 1, 499);
                for (int row = 0; row < 8; row++) {
                    var x = sample.x[1].narrowRows(row, 1);
                    linear.launch(plan, LinearProblem.of(x, sample.weight[1], alone, true), x, sample.weight[1], sample.bias[1], alone);
                    assertThat(alone.toFloats()).as("row %d by %s", row, plan).isEqualTo(sample.out[1].narrowRows(row, 1).toFloats());
                }
            }
        }
    }

    /** Many tiles a block, so that rings run full and over the ends of tiles. */
    @Test
    void ringsRunOverTheEndsOfTiles() {
        for (int m : new int[] {1, 8, 40}) {
            try (var arenas = new Arenas()) {
                var sample = new Sample(arenas, m, 16 * 132 * 3 + 24, 2056, DType.BF16, DType.BF16, true);
                for (var plan : LinearCandidates.of(sample.problem(), gpu.computeCapability(), gpu.multiprocessors())) {
                    gpu.fill(sample.wideOut, 0xff);
                    linear.launch(plan, sample.problem(), sample.x[1], sample.weight[1], sample.bias[1], sample.out[1]);
                    sample.assertAgreement();
                }
            }
        }
    }

    @Test
    void measuredPlansAreKeptAndAgreeWithTheCpu() {
        var file = new TunedPlans(cubins.resolve("plans").resolve("test.txt"));
        var tuner = new LinearTuner(launcher, file);
        var tuned = new CudaLinear(launcher, false, Optional.of(tuner));
        try (var arenas = new Arenas()) {
            var samples = Stream.of(1, 5, 9, 30, 200).map(m -> new Sample(arenas, m, 499, 264, DType.BF16, DType.BF16, true)).toList();
            launcher.prepare(() -> samples.forEach(s -> tuned.linear(s.x[1], s.weight[1], s.bias[1], s.out[1])), Progress.NONE);
            assertThat(tuner.tune(tuned, Progress.NONE)).isPresent();
            assertThat(tuner.tune(tuned, Progress.NONE)).isEmpty();
            assertThat(file.load()).hasSize(4);
            for (var sample : samples) {
                tuned.linear(sample.x[1], sample.weight[1], sample.bias[1], sample.out[1]);
                sample.assertAgreement();
            }
        }
    }

    private static boolean takes(LinearPlan plan, LinearProblem p) {
        return switch (plan) {
            case Gemv ignored -> p.fitsTensorCores() && p.m() <= LinearPlan.GEMV_ROWS;
            case GemvStream ignored -> p.fitsTensorCores() && p.m() <= LinearPlan.GEMV_ROWS;
            case GemvFma(var vector) -> (!vector || p.aligned()) && p.m() <= LinearPlan.GEMV_ROWS;
            case GemmFma(var vector, var ignored) -> !vector || p.aligned();
            case GemmMma ignored -> p.fitsTensorCores();
            case GemmWgmma ignored -> p.fitsTensorCores();
        };
    }

    /** Memory on both devices for one product. */
    private static final class Arenas implements AutoCloseable {
        final TensorArena cpu = CudaLinearGpuTest.cpu.arena("test", 1 << 20);
        final TensorArena gpu = CudaLinearGpuTest.gpu.arena("test", 1 << 20);

        @Override
        public void close() {
            cpu.close();
            gpu.close();
        }
    }

    /** The same product twice: [0] on the CPU, [1] on the GPU, where rows have gaps and results are NaN until written. */
    private final class Sample {
        final Tensor[] x;
        final Tensor[] weight;
        final Tensor[] bias;
        final Tensor[] out;
        private final Tensor wideOut;

        Sample(Arenas arenas, int m, int n, int k, DType type, DType outType, boolean biased) {
            var wide = twice(arenas, type, 1, m, k + 16L);
            x = new Tensor[] {wide[0].narrowCols(8, k), wide[1].narrowCols(8, k)};
            weight = twice(arenas, type, 1 / Math.sqrt(k), n, k);
            bias = biased ? twice(arenas, type, 1, n) : new Tensor[2];
            int margin = n % 8 == 0 ? 8 : 1;
            wideOut = arenas.gpu.allocate(outType, m, n + 2L * margin);
            gpu.fill(wideOut, 0xff);
            out = new Tensor[] {arenas.cpu.allocate(DType.F32, m, n), wideOut.narrowCols(margin, n)};
        }

        LinearProblem problem() {
            return LinearProblem.of(x[1], weight[1], out[1], bias[1] != null);
        }

        void assertAgreement() {
            if (bias[0] == null) {
                twin.linear().linear(x[0], weight[0], out[0]);
            } else {
                twin.linear().linear(x[0], weight[0], bias[0], out[0]);
            }
            double rounding = switch (out[1].dtype()) {
                case BF16 -> 0x1p-8;
                case F16 -> 0x1p-11;
                default -> 0;
            };
            float[] expected = out[0].toFloats();
            float[] actual = out[1].toFloats();
            for (int i = 0; i < expected.length; i++) {
                assertThat((double) actual[i]).as("element %d of %s", i, problem())
                        .isCloseTo(expected[i], offset(1e-4 + rounding * Math.abs(expected[i])));
            }
            int width = wideOut.cols();
            float[] all = wideOut.toFloats();
            for (int row = 0; row < wideOut.rows(); row++) {
                int margin = (width - out[1].cols()) / 2;
                assertThat(Arrays.copyOfRange(all, row * width, row * width + margin)).as("before row %d of %s", row, problem())
                        .containsOnly(Float.NaN);
                assertThat(Arrays.copyOfRange(all, (row + 1) * width - margin, (row + 1) * width)).as("after row %d of %s", row, problem())
                        .containsOnly(Float.NaN);
            }
        }

        private Tensor[] twice(Arenas arenas, DType type, double scale, long... dims) {
            var tensors = new Tensor[] {arenas.cpu.allocate(type, dims), arenas.gpu.allocate(type, dims)};
            float[] values = new float[Math.toIntExact(tensors[0].elements())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (random.nextGaussian() * scale);
            }
            for (var tensor : tensors) {
                tensor.copyFrom(values);
            }
            return tensors;
        }
    }
}
