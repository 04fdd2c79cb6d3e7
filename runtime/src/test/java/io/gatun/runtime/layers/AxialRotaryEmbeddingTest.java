package io.gatun.runtime.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gatun.memory.DType;
import io.gatun.runtime.cache.KvPool.KvShape;
import io.gatun.runtime.config.ConfigException;
import org.junit.jupiter.api.Test;

class AxialRotaryEmbeddingTest {

    @Test
    void theFirstHalfTurnsByTheRowAndTheOtherByTheColumn() {
        try (var fixture = new LayerFixture(new KvShape(1, 1, 8, DType.F32))) {
            var rotary = AxialRotaryEmbedding.create(fixture.context, 10_000, 16);
            assertAngles(rotary, new int[] {0, 3, 70}, new int[] {5, 0, 41});
            assertAngles(rotary, new int[] {1, 2}, new int[] {0, 700});
            assertAngles(rotary, new int[] {127, 128}, new int[] {2, 1});
            assertThatThrownBy(() -> AxialRotaryEmbedding.create(fixture.context, 10_000, 18)).isInstanceOf(ConfigException.class).hasMessageContaining("18 elements");
        }
    }

    private static void assertAngles(AxialRotaryEmbedding rotary, int[] rows, int[] columns) {
        var table = rotary.table(rows, columns);
        float[] cos = table.cos().toFloats();
        float[] sin = table.sin().toFloats();
        assertThat(cos).hasSize(8 * rows.length);
        for (int t = 0; t < rows.length; t++) {
            for (int i = 0; i < 8; i++) {
                double angle = (i < 4 ? rows : columns)[t] / Math.pow(10_000, i % 4 / 4.0);
                assertThat(cos[8 * t + i]).isCloseTo((float) Math.cos(angle), within(3e-5f));
                assertThat(sin[8 * t + i]).isCloseTo((float) Math.sin(angle), within(3e-5f));
            }
        }
    }
}
