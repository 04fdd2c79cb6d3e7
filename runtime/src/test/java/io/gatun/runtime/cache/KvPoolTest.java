package io.gatun.runtime.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.memory.CpuDevice;
import io.gatun.memory.DType;
import io.gatun.memory.OutOfMemoryException;
import io.gatun.memory.Shape;
import io.gatun.runtime.cache.KvPool.KvShape;
import io.gatun.runtime.cache.KvPool.LayerShape;
import java.util.List;
import org.junit.jupiter.api.Test;

class KvPoolTest {
    private final CpuDevice device = new CpuDevice();

    @Test
    void eachLayerHasKeysAndValuesInPages() {
        var shape = new KvShape(3, 2, 16, DType.BF16);
        try (var pool = new KvPool(device, shape, 4, 4)) {
            assertThat(shape.bytesPerToken()).isEqualTo(2 * 3 * 2 * 16 * 2);
            assertThat(pool.layer(2).k().shape()).isEqualTo(Shape.of(4, 2, 4, 16));
            assertThat(pool.layer(2).v().address()).isNotEqualTo(pool.layer(2).k().address());
            assertThat(pool.maxTotalTokens()).isEqualTo(12);
            assertThat(device.ledger().liveByArena()).containsEntry("kv cache", 16 * shape.bytesPerToken());
        }
        assertThat(device.ledger().liveByArena()).isEmpty();
    }

    @Test
    void layersMayDiffer() {
        var shape = new KvShape(List.of(new LayerShape(2, 16, 16), new LayerShape(1, 24, 8), new LayerShape(1, 20, 0)), DType.F32);
        assertThat(shape.layers()).isEqualTo(3);
        assertThat(shape.bytesPerToken()).isEqualTo((2 * 32 + 32 + 20) * 4);
        try (var pool = new KvPool(device, shape, 4, 4)) {
            assertThat(pool.layer(1).k().shape()).isEqualTo(Shape.of(4, 1, 4, 24));
            assertThat(pool.layer(1).v().shape()).isEqualTo(Shape.of(4, 1, 4, 8));
            assertThat(pool.layer(2).headDim()).isEqualTo(20);
            assertThat(pool.layer(2).valueDim()).isZero();
        }
    }

    @Test
    void aTokensSlotIsItsPlaceInItsPage() {
        try (var pool = new KvPool(device, new KvShape(1, 1, 2, DType.F32), 8, 4)) {
            var pages = new PageList();
            pages.add(5);
            pages.add(2);
            assertThat(pool.slot(pages, 0)).isEqualTo(20);
            assertThat(pool.slot(pages, 3)).isEqualTo(23);
            assertThat(pool.slot(pages, 4)).isEqualTo(8);
            assertThat(pool.slot(pages, 6)).isEqualTo(10);
        }
    }

    @Test
    void aTokenBeyondItsRequestsPagesIsAnErrorAndNotAnothersSlot() {
        try (var pool = new KvPool(device, new KvShape(1, 1, 2, DType.F32), 8, 4)) {
            var pages = PageList.repeating(5, 2);
            assertThatThrownBy(() -> pool.slot(pages, 8)).isInstanceOf(IndexOutOfBoundsException.class).hasMessage("page 2 of 2");
        }
    }

    @Test
    void aPoolThatDoesNotFitLeavesNothingBehind() {
        assertThatThrownBy(() -> new KvPool(device, new KvShape(1 << 20, 1 << 10, 1 << 10, DType.F32), 1 << 12, 128)).isInstanceOf(OutOfMemoryException.class)
                .hasMessageContaining("'kv cache'");
        assertThat(device.ledger().liveByArena()).isEmpty();
    }
}
