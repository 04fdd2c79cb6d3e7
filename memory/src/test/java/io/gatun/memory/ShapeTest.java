package io.gatun.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ShapeTest {

    @Test
    void dimensionsCountFromBothEnds() {
        var shape = Shape.of(2, 3, 5);
        assertThat(shape.rank()).isEqualTo(3);
        assertThat(shape.dim(0)).isEqualTo(2);
        assertThat(shape.dim(-1)).isEqualTo(5);
        assertThat(shape.elements()).isEqualTo(30);
    }

    @Test
    void aScalarHasOneElementAndAnEmptyDimensionNone() {
        assertThat(Shape.of().elements()).isEqualTo(1);
        assertThat(Shape.of(4, 0, 7).elements()).isZero();
    }

    @Test
    void shapesWithTheSameDimensionsAreEqual() {
        assertThat(Shape.of(2, 3)).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3)).isNotEqualTo(Shape.of(3, 2)).hasToString("[2, 3]");
    }

    @Test
    void laterChangesOfTheArrayDoNotReachTheShape() {
        long[] dims = {2, 3};
        var shape = Shape.of(dims);
        dims[0] = 9;
        assertThat(shape).isEqualTo(Shape.of(2, 3));
    }

    @Test
    void impossibleDimensionsAreNamed() {
        assertThatThrownBy(() -> Shape.of(2, -3)).isInstanceOf(IllegalArgumentException.class).hasMessage("shape [2, -3] has a negative dimension");
        assertThatThrownBy(() -> Shape.of(1L << 40, 1L << 40)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[1099511627776, 1099511627776]").hasMessageContaining("more than 2^63 - 1 elements");
    }
}
