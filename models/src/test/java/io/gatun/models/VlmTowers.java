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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs a golden's tower on the pictures that the formula makes. */
final class VlmTowers {
    private VlmTowers() {
    }

    /** The embeddings of each of the golden's pictures. */
    static List<float[]> embeddings(VlmGolden golden, DeviceChoice device, DType dtype) {
        var config = ModelRegistry.config(golden.folder());
        var out = new ArrayList<float[]>();
        try (var backend = Backend.open(device, KernelOptions.DEFAULT); var workspace = new StepWorkspace(backend.device());
                var weights = backend.device().arena("weights", 1 << 20); var checkpoint = SafetensorsCheckpoint.open(golden.folder())) {
            var loader = new CheckpointLoader(checkpoint, Optional.of(dtype),
                    new LayerContext(backend.kernels(), workspace, weights, dtype, 64), Progress.NONE);
            var model = (MultimodalModel) ModelRegistry.find(config.json()).factory().create(config, loader.root());
            loader.finish();
            for (int i = 0; i < golden.towers().size(); i++) {
                workspace.reset();
                var feature = golden.towers().get(i).byFormula(golden.seed() + ":pixels." + i);
                var pixels = workspace.allocateForStep(dtype, feature.rows(), feature.cols()).copyFrom(feature.pixels());
                var embeddings = model.imageFeature(feature, pixels);
                assertThat(embeddings.rows()).isEqualTo(feature.tokens());
                out.add(embeddings.toFloats());
            }
        }
        return out;
    }
}
