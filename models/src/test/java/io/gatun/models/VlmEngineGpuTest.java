package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatun.bindings.Cuda;
import io.gatun.bindings.CudaStatus;
import io.gatun.kernels.DeviceChoice;
import io.gatun.memory.DType;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.sampling.SamplingParams;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every model that sees through the Engine on a GPU: prompts of text, pictures and videos, in chunks, in a batch, and again from the cache. */
class VlmEngineGpuTest {
    @BeforeEach
    void requireGpu() {
        if (Cuda.probe() instanceof CudaStatus.Unavailable missing) {
            assumeTrue(false, missing.message());
        }
    }

    @ParameterizedTest
    @MethodSource("io.gatun.models.VlmGolden#all")
    void theEngineInFp32GivesTheSameGreedyIds(VlmGolden golden) {
        try (var engine = Engine.load(options(golden).chunkedPrefillSize(24).build())) {
            for (int round = 0; round < 2; round++) {
                var results = engine.generateAll(golden.prompts().stream().map(prompt -> GenerationRequest.of(prompt.text(), prompt.requestMedia(),
                        SamplingParams.builder().temperature(0).maxNewTokens(prompt.outputIds().length).ignoreEos(true).build())).toList());
                for (int i = 0; i < results.size(); i++) {
                    assertThat(results.get(i).outputIds()).as("%s, round %d", golden.prompts().get(i).text(), round)
                            .containsExactly(golden.prompts().get(i).outputIds());
                }
            }
        }
    }

    private static EngineOptions.Builder options(VlmGolden golden) {
        return EngineOptions.builder(golden.folder()).device(DeviceChoice.CUDA).dtype(DType.F32).contextLength(512).maxTotalTokens(8192).maxRunningRequests(16);
    }
}
