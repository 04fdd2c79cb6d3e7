package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.Routing.Scoring;
import io.gatun.kernels.cuda.MoePlan.Fma;
import io.gatun.kernels.cuda.MoePlan.Mma;
import io.gatun.memory.DType;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MoeCompileTest {
    private static final List<String> ARCHITECTURES = List.of("sm_80", "sm_90a", "sm_100a");

    @Test
    void nothingTouchesLocalMemory() {
        var compiler = Nvrtc.compiler();
        var complaints = Stream.of(routes(), streams(), tiles()).flatMap(s -> s).parallel().flatMap(spec -> ARCHITECTURES.stream().flatMap(architecture -> {
            String log = compiler.compile(spec, KernelSources.read(spec.source()), architecture).log();
            return log.contains("warning") ? Stream.of(spec + " for " + architecture + ":\n" + log) : Stream.empty();
        })).toList();
        assertThat(complaints).isEmpty();
    }

    private static Stream<KernelSpec> routes() {
        return Stream.of(new CudaMoe.Route(DType.BF16, 128, 8, Scoring.SOFTMAX, 1, 1, true, true, false),
                new CudaMoe.Route(DType.BF16, 8, 2, Scoring.SOFTMAX, 1, 1, true, false, false),
                new CudaMoe.Route(DType.F16, 32, 4, Scoring.SOFTMAX_OF_CHOSEN, 1, 1, false, true, false),
                new CudaMoe.Route(DType.F32, 160, 6, Scoring.SOFTMAX, 8, 3, false, false, false),
                new CudaMoe.Route(DType.F32, 256, 8, Scoring.SIGMOID, 8, 4, true, false, true),
                new CudaMoe.Route(DType.F32, 1024, 32, Scoring.SIGMOID, 32, 4, true, false, true)).map(CudaMoe.Route::spec);
    }

    private static Stream<KernelSpec> streams() {
        return Stream.of(new CudaMoe.Gemv(DType.BF16, "SILU", 2048, 768, 8, false, "experts_down"),
                new CudaMoe.Gemv(DType.BF16, "CLAMPED_SWIGLU", 2880, 2880, 4, true, "experts_down"),
                new CudaMoe.Gemv(DType.F16, "GELU_TANH", 72, 24, 3, true, "experts_gate_up"),
                new CudaMoe.Gemv(DType.F32, "SILU", 4096, 14336, 2, false, "experts_gate_up")).map(CudaMoe.Gemv::spec);
    }

    private static Stream<KernelSpec> tiles() {
        var gemms = Stream.concat(Stream.of(16, 32, 64, 128).map(tile -> new CudaMoe.Gemm(new Mma(tile), DType.BF16, "SILU", 8, false, "experts_down")),
                Stream.of(new CudaMoe.Gemm(new Mma(128), DType.F16, "CLAMPED_SWIGLU", 4, true, "experts_gate_up"),
                        new CudaMoe.Gemm(new Fma(), DType.F32, "SILU", 8, true, "experts_down"),
                        new CudaMoe.Gemm(new Fma(), DType.F32, "CLAMPED_SWIGLU", 1, false, "experts_down")));
        return Stream.concat(gemms.map(CudaMoe.Gemm::spec), Stream.of(new CudaMoe.Sort(128, 16).spec(), new CudaMoe.Sort(1024, 128).spec(),
                new CudaMoe.Sum(DType.BF16, 2048, 8, 8).spec(), new CudaMoe.Sum(DType.F32, 37, 3, 1).spec(),
                new CudaMoe.AddGated(DType.BF16, true, 8).spec(), new CudaMoe.AddGated(DType.F32, false, 1).spec()));
    }
}
