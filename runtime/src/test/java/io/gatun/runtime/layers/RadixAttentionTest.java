package io.gatun.runtime.layers;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.AttentionOptions;
import io.gatun.memory.DType;
import io.gatun.memory.Shape;
import io.gatun.runtime.batch.ForwardMode;
import io.gatun.runtime.cache.KvPool.KvShape;
import io.gatun.runtime.cache.KvPool.LayerShape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RadixAttentionTest {
    private static final AttentionOptions PLAIN = AttentionOptions.of(0.3f);

    private final LayerFixture fixture = new LayerFixture(new KvShape(List.of(new LayerShape(1, 8, 8), new LayerShape(2, 16, 6)), DType.F32));

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void theOutputHasTheSizeOfValuesAndIsTheSameInWhateverPiecesItComes() {
        var attention = new RadixAttention(fixture.context, 1, PLAIN.withWindow(5));
        var q = fixture.random(11, 4 * 16);
        var k = fixture.random(11, 2 * 16);
        var v = fixture.random(11, 2 * 6);
        var whole = attention.forward(q, k, v, fixture.batch(ForwardMode.EXTEND, 0, 11));
        assertThat(whole.shape()).isEqualTo(Shape.of(11, 4 * 6));
        attention.forward(q.narrowRows(0, 10), k.narrowRows(0, 10), v.narrowRows(0, 10), fixture.batch(ForwardMode.EXTEND, 0, 10));
        var last = attention.forward(q.narrowRows(10, 1), k.narrowRows(10, 1), v.narrowRows(10, 1), fixture.batch(ForwardMode.DECODE, 10, 11));
        assertThat(last.toFloats()).isEqualTo(whole.narrowRows(10, 1).toFloats());
    }

    @Test
    void aLayerMayReadWhatAnotherHasStored() {
        var batch = fixture.batch(ForwardMode.EXTEND, 0, 9);
        var q = fixture.random(9, 4 * 16);
        var stored = new RadixAttention(fixture.context, 1, PLAIN).forward(q, fixture.random(9, 2 * 16), fixture.random(9, 2 * 6), batch);
        assertThat(new RadixAttention(fixture.context, 1, PLAIN).forward(q, batch).toFloats()).isEqualTo(stored.toFloats());
        float[] windowed = new RadixAttention(fixture.context, 1, PLAIN.withWindow(3)).forward(q, batch).toFloats();
        assertThat(Arrays.copyOf(windowed, 3 * 24)).isEqualTo(Arrays.copyOf(stored.toFloats(), 3 * 24));
        assertThat(windowed).isNotEqualTo(stored.toFloats());
    }
}
