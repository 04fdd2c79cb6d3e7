package io.gatun.models;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatun.bindings.Cuda;
import io.gatun.bindings.CudaStatus;
import io.gatun.kernels.DeviceChoice;
import io.gatun.memory.DType;
import io.gatun.runtime.model.ModelRunner;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** On a GPU bits do not depend on the batch in deterministic mode, with graphs and without. */
class LogitsInvarianceGpuTest {

    @BeforeEach
    void requireGpu() {
        if (Cuda.probe() instanceof CudaStatus.Unavailable missing) {
            assumeTrue(false, missing.message());
        }
    }

    @ParameterizedTest
    @MethodSource("io.gatun.models.Golden#generating")
    void logitsHaveTheSameBitsByEveryWay(Golden golden) {
        for (var dtype : List.of(DType.BF16, DType.F16, DType.F32)) {
            try (var runner = load(golden, dtype, false)) {
                LogitsInvariance.check(runner, Math.min(200, runner.contextLength()), 1);
            }
        }
    }

    @Test
    void soTheyHaveWhereAttentionIsSplit() {
        var golden = Golden.named("llama-gqa2-linear-bf16");
        for (boolean disableCudaGraph : new boolean[] {false, true}) {
            try (var runner = load(golden, DType.BF16, disableCudaGraph)) {
                for (int seed = 0; seed < 5; seed++) {
                    LogitsInvariance.check(runner, 1000, seed);
                }
            }
        }
    }

    private static ModelRunner load(Golden golden, DType dtype, boolean disableCudaGraph) {
        return ModelRunner.load(golden.options(DeviceChoice.CUDA).dtype(dtype).maxTotalTokens(8192).cudaGraphMaxBs(4)
                .disableCudaGraph(disableCudaGraph).enableDeterministicInference(true).build());
    }
}
