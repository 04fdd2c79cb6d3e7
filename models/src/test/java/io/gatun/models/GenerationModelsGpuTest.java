package io.gatun.models;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatun.bindings.Cuda;
import io.gatun.bindings.CudaStatus;
import io.gatun.kernels.DeviceChoice;
import io.gatun.memory.DType;
import io.gatun.runtime.engine.EngineOptions;
import org.junit.jupiter.api.BeforeEach;

/** On the GPU in bf16, held to what bf16 costs Hugging Face. */
class GenerationModelsGpuTest extends GenerationSuite {
    /** SGLang's tolerance of a log-probability while decoding, on trained models. */
    private static final double SGLANG_TOLERANCE = 6e-2;
    /** Errors of two implementations have different largest ones: random weights make chaotic models, and routers may choose differently. */
    private static final double LARGEST_ERRORS_DIFFER = 2;

    @BeforeEach
    void requireGpu() {
        if (Cuda.probe() instanceof CudaStatus.Unavailable missing) {
            assumeTrue(false, missing.message());
        }
    }

    @Override
    EngineOptions.Builder options(Golden golden) {
        return golden.options(DeviceChoice.CUDA).dtype(DType.BF16).maxTotalTokens(4096);
    }

    @Override
    double tolerance(Golden golden) {
        return Math.max(SGLANG_TOLERANCE, LARGEST_ERRORS_DIFFER * golden.bf16Error());
    }

    @Override
    double clearMargin(Golden golden) {
        return 2 * tolerance(golden);
    }
}
