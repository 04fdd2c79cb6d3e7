package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatun.bindings.Cuda;
import io.gatun.bindings.CudaStatus;
import io.gatun.kernels.DeviceChoice;
import io.gatun.memory.DType;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.StaticBatch;
import io.gatun.runtime.model.ModelRunner;
import io.gatun.runtime.multimodal.decode.PictureLimits;
import io.gatun.runtime.multimodal.source.ImageLoader;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every model that sees on the GPU against Hugging Face in fp32: towers, and logits of prompts with pictures. */
class VlmGoldenGpuTest {
    private static final double TOWER_TOLERANCE = 1e-3;
    private static final float LOGITS_TOLERANCE = 5e-3f;
    /** Over what bf16 changes in Hugging Face: a mean over a few hundred numbers, and a largest difference, which scatters more. */
    private static final double BF16_MEAN = 1.5;
    private static final double BF16_LARGEST = 2;

    @BeforeEach
    void requireGpu() {
        if (Cuda.probe() instanceof CudaStatus.Unavailable missing) {
            assumeTrue(false, missing.message());
        }
    }

    @ParameterizedTest
    @MethodSource("io.gatun.models.VlmGolden#all")
    void embeddingsOfPicturesMatchInFp32(VlmGolden golden) {
        var embeddings = VlmTowers.embeddings(golden, DeviceChoice.CUDA, DType.F32);
        for (int i = 0; i < embeddings.size(); i++) {
            assertThat(golden.towers().get(i).difference(embeddings.get(i))).as("picture %d", i).isLessThan(TOWER_TOLERANCE);
            assertThat(golden.towers().get(i).differenceOfSums(embeddings.get(i))).as("sums of picture %d", i).isLessThan(5 * TOWER_TOLERANCE);
        }
    }

    @ParameterizedTest
    @MethodSource("io.gatun.models.VlmGolden#all")
    void embeddingsOfPicturesInBf16AreAsCloseAsHuggingFacesOwn(VlmGolden golden) {
        var embeddings = VlmTowers.embeddings(golden, DeviceChoice.CUDA, DType.BF16);
        for (int i = 0; i < embeddings.size(); i++) {
            assertThat(golden.towers().get(i).meanSquareRoot(embeddings.get(i))).as("picture %d", i).isLessThan(BF16_MEAN * golden.towers().get(i).bf16Error());
        }
    }

    @ParameterizedTest
    @MethodSource("io.gatun.models.VlmGolden#all")
    void logitsAndGreedyIdsMatchInFp32(VlmGolden golden) {
        var tokenizer = Tokenizer.fromDirectory(golden.folder());
        try (var runner = load(golden, DType.F32)) {
            for (var prompt : golden.prompts()) {
                var expanded = runner.expander(ImageLoader.offline(PictureLimits.DEFAULT)).expand(prompt.text(), prompt.requestMedia(), tokenizer::encode);
                int steps = prompt.outputIds().length;
                try (var whole = StaticBatch.ofExpanded(runner, List.of(expanded), steps);
                        var pieces = StaticBatch.ofExpanded(runner, List.of(expanded), steps)) {
                    float[] last = whole.extend(new int[] {prompt.inputIds().length}).nextTokenLogits().toFloats();
                    assertThat(Golden.maxDifference(prompt.lastLogits(), last, 0)).as(prompt.text()).isLessThan(LOGITS_TOLERANCE);
                    pieces.prefill(16);
                    for (int step = 1; step < steps; step++) {
                        pieces.decode(List.of(0));
                    }
                    assertThat(pieces.outputIds(0)).as(prompt.text()).startsWith(prompt.outputIds());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.gatun.models.VlmGolden#all")
    void logitsInBf16AreAsCloseAsHuggingFacesOwn(VlmGolden golden) {
        var tokenizer = Tokenizer.fromDirectory(golden.folder());
        try (var runner = load(golden, DType.BF16)) {
            for (var prompt : golden.prompts()) {
                var expanded = runner.expander(ImageLoader.offline(PictureLimits.DEFAULT)).expand(prompt.text(), prompt.requestMedia(), tokenizer::encode);
                try (var batch = StaticBatch.ofExpanded(runner, List.of(expanded), 1)) {
                    float[] last = batch.extend(new int[] {prompt.inputIds().length}).nextTokenLogits().toFloats();
                    assertThat((double) Golden.maxDifference(prompt.lastLogits(), last, 0)).as(prompt.text()).isLessThan(BF16_LARGEST * golden.bf16Error());
                }
            }
        }
    }

    private static ModelRunner load(VlmGolden golden, DType dtype) {
        return ModelRunner.load(EngineOptions.builder(golden.folder()).device(DeviceChoice.CUDA).dtype(dtype).contextLength(512).maxTotalTokens(8192).build());
    }
}
