package io.gatun.runtime.multimodal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MropePositionsTest {

    @Test
    void positionsGoOnAfterThePrompt() {
        var positions = new MropePositions(new int[][] {{0, 1, 1, 2}, {0, 1, 1, 2}, {0, 1, 2, 3}}, -1);
        assertThat(positions.at(2, 2)).isEqualTo(2);
        assertThat(positions.at(0, 4)).isEqualTo(3);
        assertThat(positions.lead()).isZero();
    }

    @Test
    void aVideoThatMovesFasterThanItsTokensIsAhead() {
        assertThat(new MropePositions(new int[][] {{0, 50, 100}, {0, 1, 1}, {0, 1, 1}}, 3).lead()).isEqualTo(98);
        assertThat(new MropePositions(new int[][] {{0, 1, 2}, {0, 1, 1}, {0, 1, 1}}, 7).lead()).isEqualTo(7);
    }
}
