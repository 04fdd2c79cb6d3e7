package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.Backend;
import io.gatun.kernels.DeviceChoice;
import io.gatun.kernels.KernelOptions;
import io.gatun.kernels.Progress;
import io.gatun.memory.DType;
import io.gatun.runtime.model.ModelRegistry;
import io.gatun.runtime.multimodal.MultimodalModel;
import io.gatun.runtime.weights.CheckpointLoader;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.SafetensorsCheckpoint;
import io.gatun.runtime.weights.StepWorkspace;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The towers of all models on the CPU against Hugging Face in fp32, on pictures of random numbers. */
class VisionTowersTest {
    /** Hugging Face itself is up to 4e-5 off what it computes in fp64. */
    private static final double TOLERANCE = 1e-4;
    private static final double TOLERANCE_OF_SUMS = 5e-4;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @MethodSource("io.gatun.models.VlmGolden#all")
    void weightsByTheFormulaAreThoseOfTheGolden(VlmGolden golden) {
        assertThat(golden.write(folder)).isEqualTo(golden.checksums());
    }

    @ParameterizedTest
    @MethodSource("io.gatun.models.VlmGolden#all")
    void embeddingsOfPicturesMatch(VlmGolden golden) {
        golden.write(folder);
        var config = ModelRegistry.config(folder);
        try (var backend = Backend.open(DeviceChoice.CPU, KernelOptions.DEFAULT); var workspace = new StepWorkspace(backend.device());
                var weights = backend.device().arena("weights", 1 << 20); var checkpoint = SafetensorsCheckpoint.open(folder)) {
            var loader = new CheckpointLoader(checkpoint, Optional.of(DType.F32), new LayerContext(backend.kernels(), workspace, weights, DType.F32, 64), Progress.NONE);
            var model = (MultimodalModel) ModelRegistry.find(config.json()).factory().create(config, loader.root());
            loader.finish();
            for (int i = 0; i < golden.towers().size(); i++) {
                workspace.reset();
                var expected = golden.towers().get(i);
                var feature = expected.byFormula(golden.seed() + ":pixels." + i);
                var pixels = workspace.allocateForStep(DType.F32, feature.rows(), feature.cols()).copyFrom(feature.pixels());
                var embeddings = model.imageFeature(feature, pixels);
                assertThat(embeddings.rows()).isEqualTo(feature.tokens());
                assertThat(expected.difference(embeddings.toFloats())).as("picture %d", i).isLessThan(TOLERANCE);
                assertThat(expected.differenceOfSums(embeddings.toFloats())).as("sums of picture %d", i).isLessThan(TOLERANCE_OF_SUMS);
            }
        }
    }
}
