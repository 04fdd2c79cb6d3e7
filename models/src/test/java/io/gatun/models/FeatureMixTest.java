package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatun.kernels.Backend;
import io.gatun.kernels.DeviceChoice;
import io.gatun.kernels.KernelOptions;
import io.gatun.memory.DType;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.StepWorkspace;
import org.junit.jupiter.api.Test;

/** Against what torch.nn.functional.interpolate(mode="bilinear") gives. */
class FeatureMixTest {

    @Test
    void mapsAreInterpolatedAsByTorch() {
        float[] map = {0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23}; // three rows of four
        assertThat(interpolated(map, 3, 4, 2, 2)).containsExactly(new float[] {3, 5, 18, 20}, within(1e-5f));
        assertThat(interpolated(map, 3, 4, 2, 3)).containsExactly(new float[] {2.6666667f, 4, 5.3333335f, 17.666668f, 19, 20.333334f}, within(1e-5f));
        assertThat(interpolated(map, 3, 4, 3, 4)).containsExactly(map);
    }

    @Test
    void theOwnVectorComesWhereItWasAdded() {
        var mix = new FeatureMix(1);
        for (int i = 0; i < 100; i++) {
            mix.row(i % 3);
            mix.ownVector();
        }
        float[] out = run(mix, new float[] {5, 6, 7}, -1);
        for (int i = 0; i < 100; i++) {
            assertThat(out[2 * i]).isEqualTo(5 + i % 3);
            assertThat(out[2 * i + 1]).isEqualTo(-1);
        }
    }

    private static float[] interpolated(float[] map, int high, int wide, int outHigh, int outWide) {
        var mix = new FeatureMix(4);
        mix.interpolated(high, wide, outHigh, outWide, (y, x) -> y * wide + x, () -> { });
        return run(mix, map, 0);
    }

    private static float[] run(FeatureMix mix, float[] features, float own) {
        try (var backend = Backend.open(DeviceChoice.CPU, KernelOptions.DEFAULT); var workspace = new StepWorkspace(backend.device());
                var arena = backend.device().arena("test", 1 << 16)) {
            var context = new LayerContext(backend.kernels(), workspace, arena, DType.F32, 8);
            return mix.forward(context, arena.allocate(DType.F32, features.length, 1).copyFrom(features),
                    arena.allocate(DType.F32, 1, 1).copyFrom(own)).toFloats();
        }
    }
}
