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
            int[] rows = {0, 3, 70};
            int[] columns = {5, 0, 41};
            var table = AxialRotaryEmbedding.create(fixture.context, 10_000, 16).table(rows, columns);
            float[] cos = table.cos().toFloats();
            float[] sin = table.sin().toFloats();
            for (int t = 0; t < 3; t++) {
                for (int i = 0; i < 8; i++) {
                    double angle = (i < 4 ? rows : columns)[t] / Math.pow(10_000, i % 4 / 4.0);
                    assertThat(cos[8 * t + i]).isCloseTo((float) Math.cos(angle), within(1e-5f));
                    assertThat(sin[8 * t + i]).isCloseTo((float) Math.sin(angle), within(1e-5f));
                }
            }
            assertThatThrownBy(() -> AxialRotaryEmbedding.create(fixture.context, 10_000, 18)).isInstanceOf(ConfigException.class).hasMessageContaining("18 elements");
        }
    }
}
