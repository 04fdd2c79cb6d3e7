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
import io.gatun.runtime.engine.StaticBatch;
import io.gatun.runtime.model.ModelRunner;
import io.gatun.runtime.multimodal.decode.PictureLimits;
import io.gatun.runtime.multimodal.source.ImageLoader;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every model that sees on a GPU against Hugging Face in fp32: prompts of text, pictures and videos. */
class VlmLogitsGpuTest {
    private static final float TOLERANCE = 2e-3f;
    /** Error over the norm of the logits; scripts/gpu/suite.sh sets it beside Hugging Face's own. */
    private static final double HALF_PRECISION_TOLERANCE = 0.25;

    @TempDir
    private Path folder;

    @BeforeEach
    void requireGpu() {
        if (Cuda.probe() instanceof CudaStatus.Unavailable missing) {
            assumeTrue(false, missing.message());
        }
    }

    @ParameterizedTest
    @MethodSource("io.gatun.models.VlmGolden#all")
    void logitsInFp32MatchAfterAPrefixAndAfterTheWholePrompt(VlmGolden golden) {
        golden.write(folder);
        var tokenizer = Tokenizer.fromDirectory(folder);
        try (var runner = ModelRunner.load(options(DType.F32).build())) {
            for (var prompt : golden.prompts()) {
                var expanded = runner.expander(ImageLoader.offline(PictureLimits.DEFAULT)).expand(prompt.text(), prompt.requestMedia(), tokenizer::encode);
                try (var batch = StaticBatch.ofExpanded(runner, List.of(expanded), 1)) {
                    float[] mid = batch.extend(new int[] {prompt.midPosition() + 1}).nextTokenLogits().toFloats();
                    if (batch.unprefilled(0) == prompt.inputIds().length - prompt.midPosition() - 1) {
                        assertThat(Golden.maxDifference(prompt.midLogits(), mid, 0)).as("mid, %s", prompt.text()).isLessThan(TOLERANCE);
                    }
                    float[] last = batch.extend(new int[] {batch.unprefilled(0)}).nextTokenLogits().toFloats();
                    assertThat(Golden.maxDifference(prompt.lastLogits(), last, 0)).as("last, %s", prompt.text()).isLessThan(TOLERANCE);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.gatun.models.VlmGolden#all")
    void theEngineInFp32GivesTheSameGreedyIds(VlmGolden golden) {
        golden.write(folder);
        try (var engine = Engine.load(options(DType.F32).chunkedPrefillSize(24).build())) {
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

    @ParameterizedTest
    @MethodSource("io.gatun.models.VlmGolden#all")
    void logitsInHalfPrecisionAreClose(VlmGolden golden) {
        golden.write(folder);
        var tokenizer = Tokenizer.fromDirectory(folder);
        for (var dtype : List.of(DType.BF16, DType.F16)) {
            try (var runner = ModelRunner.load(options(dtype).build())) {
                for (var prompt : golden.prompts()) {
                    var expanded = runner.expander(ImageLoader.offline(PictureLimits.DEFAULT)).expand(prompt.text(), prompt.requestMedia(), tokenizer::encode);
                    try (var batch = StaticBatch.ofExpanded(runner, List.of(expanded), 1)) {
                        float[] last = batch.extend(new int[] {prompt.inputIds().length}).nextTokenLogits().toFloats();
                        assertThat(LogitsGoldenGpuTest.relativeError(prompt.lastLogits(), last)).as("%s", dtype).isLessThan(HALF_PRECISION_TOLERANCE);
                    }
                }
            }
        }
    }

    private EngineOptions.Builder options(DType dtype) {
        return EngineOptions.builder(folder).device(DeviceChoice.CUDA).dtype(dtype).contextLength(512).maxTotalTokens(8192).maxRunningRequests(16);
    }
}
