package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CpuStepInputsTest {
    private final Fixture fixture = new Fixture();
    private final CpuStepInputs step = new CpuStepInputs();

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void aNegativeIdIsTheLastTokenOfItsRow() {
        var ids = fixture.ints(7, -1, 0, -3, -2);
        step.resolve(ids, fixture.ints(100, 101, 102));
        assertThat(ids.toInts()).containsExactly(7, 100, 0, 102, 101);
    }

    @Test
    void scatterTakesTheFirstPairsOnly() {
        var target = fixture.emptyInts(2, 3).copyFrom(0, 0, 0, 0, 0, 0);
        step.scatter(fixture.ints(5, 6, 7), fixture.ints(4, 0, 5), 2, target);
        assertThat(target.toInts()).containsExactly(6, 0, 0, 0, 5, 0);
    }

    @Test
    void whatDoesNotExistIsNamed() {
        assertThatThrownBy(() -> step.resolve(fixture.ints(-4), fixture.ints(1, 2, 3))).hasMessage("resolve: row 3 is not in [0, 3)");
        assertThatThrownBy(() -> step.scatter(fixture.ints(1), fixture.ints(3), 1, fixture.ints(0, 0, 0))).hasMessage("scatter: index 3 is not in [0, 3)");
        assertThatThrownBy(() -> step.scatter(fixture.ints(1), fixture.ints(0), 2, fixture.ints(0))).hasMessageContaining("must be i32 with 2 elements");
    }
}
