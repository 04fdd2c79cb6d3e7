package io.gatun.models;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatun.bindings.Cuda;
import io.gatun.bindings.CudaStatus;
import io.gatun.kernels.DeviceChoice;
import io.gatun.memory.DType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models that embed or score, on a GPU in fp32 against Hugging Face. */
class PoolingModelsGpuTest {
    @BeforeEach
    void requireGpu() {
        if (Cuda.probe() instanceof CudaStatus.Unavailable missing) {
            assumeTrue(false, missing.message());
        }
    }

    @ParameterizedTest
    @MethodSource("io.gatun.models.Golden#pooling")
    void embeddingsAndScoresMatch(Golden golden) {
        PoolingModelsTest.assertMatches(golden, golden.options(DeviceChoice.CUDA).dtype(DType.F32).maxTotalTokens(4096));
    }
}
