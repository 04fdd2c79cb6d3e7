package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatchOrderTest {

    @Test
    void withoutWindowsTokensStandRowByRowAndFrameByFrame() {
        var order = PatchOrder.of(2, 4, 6, 2, PatchOrder.NO_WINDOW);
        assertThat(order.isPlain()).isTrue();
        assertThat(order.frames()).containsExactly(0, 24, 48);
        assertThat(order.windows()).containsExactly(0, 24, 48);
        assertThat(order.rows()).startsWith(0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3).hasSize(48);
        assertThat(order.columns()).startsWith(0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 0, 1, 0, 1);
        assertThat(IntStream.range(24, 48).map(i -> order.rows()[i])).containsExactly(IntStream.range(0, 24).map(i -> order.rows()[i]).boxed().toArray(Integer[]::new));
    }

    @Test
    void windowsAtTheEdgesAreSmaller() {
        var order = PatchOrder.of(1, 6, 10, 2, 2);
        assertThat(order.isPlain()).isFalse();
        assertThat(order.tokens()).containsExactly(0, 1, 5, 6, 2, 3, 7, 8, 4, 9, 10, 11, 12, 13, 14);
        assertThat(order.windows()).containsExactly(0, 16, 32, 40, 48, 56, 60);
        assertThat(PatchOrder.longest(order.windows())).isEqualTo(16);
        assertThat(order.rows()).startsWith(0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3);
        assertThat(order.columns()).startsWith(0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1);
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 2, 2, 4", "3, 16, 16, 2, 4", "2, 18, 14, 2, 4", "1, 9, 21, 3, 2", "1, 4, 100, 1, 7"})
    void everyTokenHasOnePlaceAndFramesAreNotMixed(int t, int h, int w, int merge, int window) {
        var order = PatchOrder.of(t, h, w, merge, window);
        int perFrame = h * w / (merge * merge);
        assertThat(order.tokens()).containsExactlyInAnyOrder(IntStream.range(0, t * perFrame).toArray());
        for (int i = 0; i < order.tokens().length; i++) {
            assertThat(order.tokens()[i] / perFrame).isEqualTo(i / perFrame);
            assertThat(order.inverse()[order.tokens()[i]]).isEqualTo(i);
        }
        assertThat(order.windows()[order.windows().length - 1]).isEqualTo(t * h * w);
        assertThat(order.frames()).hasSize(t + 1).endsWith(t * h * w);
        assertThat(IntStream.range(0, t * h * w).mapToObj(i -> order.rows()[i] * w + order.columns()[i]).distinct().count()).isEqualTo((long) h * w);
    }
}
