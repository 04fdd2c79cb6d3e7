package io.gatun.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class TensorArenaTest {
    private static final long BLOCK = 1024;

    private final CpuDevice device = new CpuDevice();

    @Test
    void tensorsOfABlockLieOneAfterTheOtherAtTheAlignment() {
        try (var arena = device.arena("bump", BLOCK)) {
            long first = arena.allocate(DType.U8, 1).address();
            long second = arena.allocate(DType.U8, 257).address();
            long third = arena.allocate(DType.F32, 3).address();
            assertThat(first % 256).isZero();
            assertThat(second - first).isEqualTo(256);
            assertThat(third - second).isEqualTo(512);
            assertThat(arena.reservedBytes()).isEqualTo(BLOCK);
        }
    }

    @Test
    void whatDoesNotFitGetsABlockOfItsOwnSizeOrMore() {
        try (var arena = device.arena("growing", BLOCK)) {
            arena.allocate(DType.U8, 800);
            var large = arena.allocate(DType.U8, 5000);
            arena.allocate(DType.U8, 300);
            assertThat(large.segment().byteSize()).isGreaterThanOrEqualTo(5000);
            assertThat(arena.reservedBytes()).isEqualTo(BLOCK + 5120 + BLOCK);
        }
    }

    @Test
    void resetHandsTheSameMemoryOutAgain() {
        try (var arena = device.arena("step", BLOCK)) {
            long first = arena.allocate(DType.U8, 600).address();
            long second = arena.allocate(DType.U8, 600).address();
            arena.reset();
            assertThat(arena.allocate(DType.U8, 600).address()).isEqualTo(first);
            assertThat(arena.allocate(DType.U8, 600).address()).isEqualTo(second);
            assertThat(arena.reservedBytes()).isEqualTo(2 * BLOCK);
        }
    }

    @Test
    void aTensorCanOutliveResetsButNotItsArena() {
        var arena = device.arena("step", BLOCK);
        var tensor = arena.allocate(DType.F32, 2, 2).copyFrom(1f, 2f, 3f, 4f);
        var lasting = tensor.acrossResets().narrowRows(1, 1);
        arena.reset();
        assertThat(lasting.view(2).toFloats()).containsExactly(3, 4);
        assertRefused(tensor, "tensor of arena 'step' on cpu used after the arena was reset");
        assertThatThrownBy(tensor::acrossResets).isInstanceOf(IllegalStateException.class);
        arena.close();
        assertThatThrownBy(lasting::address).isInstanceOf(IllegalStateException.class).hasMessageEndingWith("used after the arena was closed");
    }

    @Test
    void aTensorUsedAfterResetNamesItsArena() {
        try (var arena = device.arena("workspace", BLOCK)) {
            var tensor = arena.allocate(DType.F32, 2, 2);
            arena.reset();
            assertRefused(tensor, "tensor of arena 'workspace' on cpu used after the arena was reset");
        }
    }

    @Test
    void aTensorUsedAfterCloseNamesItsArena() {
        var arena = device.arena("weights", BLOCK);
        var tensor = arena.allocate(DType.F32, 2, 2);
        var view = tensor.view(4);
        arena.close();
        assertRefused(tensor, "tensor of arena 'weights' on cpu used after the arena was closed");
        assertThatThrownBy(view::segment).isInstanceOf(IllegalStateException.class).hasMessageContaining("'weights'");
    }

    @Test
    void aClosedArenaHandsOutNothing() {
        var arena = device.arena("gone", BLOCK);
        arena.close();
        arena.close();
        assertThatThrownBy(() -> arena.allocate(DType.F32, 1)).isInstanceOf(IllegalStateException.class).hasMessage("arena 'gone' on cpu is closed");
        assertThatThrownBy(arena::reset).isInstanceOf(IllegalStateException.class).hasMessage("arena 'gone' on cpu is closed");
    }

    @Test
    void theLedgerKnowsLiveAndPeakBytesByArena() {
        var ledger = device.ledger();
        try (var a = device.arena("a", BLOCK); var b = device.arena("b", 2 * BLOCK); var other = device.arena("b", BLOCK)) {
            assertThat(ledger.liveByArena()).isEmpty();
            a.allocate(DType.U8, 1);
            b.allocate(DType.U8, 1);
            other.allocate(DType.U8, 1);
            assertThat(ledger.liveByArena()).isEqualTo(Map.of("a", BLOCK, "b", 3 * BLOCK));
            b.close();
            assertThat(ledger.liveByArena()).isEqualTo(Map.of("a", BLOCK, "b", BLOCK));
            assertThat(ledger.liveBytes()).isEqualTo(2 * BLOCK);
        }
        assertThat(ledger.liveByArena()).isEmpty();
        assertThat(ledger.liveBytes()).isZero();
        assertThat(ledger.peakBytes()).isEqualTo(4 * BLOCK);
    }

    @Test
    void tooLargeAnAllocationSaysWhatWasAskedAndLeavesTheArenaUsable() {
        try (var arena = device.arena("kv cache", BLOCK)) {
            arena.allocate(DType.U8, 1);
            assertThatThrownBy(() -> arena.allocate(DType.BF16, 1L << 45)).isInstanceOf(OutOfMemoryException.class)
                    .hasMessageStartingWith("arena 'kv cache' (1.00 KiB so far): asked for 64.0 TiB, the machine has ").hasMessageContaining(" free of ");
            assertThatThrownBy(() -> arena.allocate(DType.F32, 1L << 62)).isInstanceOf(OutOfMemoryException.class)
                    .hasMessage("arena 'kv cache': f32[4611686018427387904] is larger than any device");
            assertThat(arena.allocate(DType.F32, 2).copyFrom(1f, 2f).toFloats()).containsExactly(1, 2);
        }
        assertThat(device.ledger().liveByArena()).isEmpty();
    }

    @Test
    void anEmptyTensorCanBeAllocatedAndRead() {
        try (var arena = device.arena("empty", BLOCK)) {
            assertThat(arena.allocate(DType.F32, 0, 5).toFloats()).isEmpty();
        }
    }

    private static void assertRefused(Tensor tensor, String message) {
        for (Executable use : new Executable[] {tensor::address, tensor::segment, tensor::toFloats, () -> tensor.view(4), () -> tensor.narrowRows(0, 1),
            () -> tensor.narrowCols(0, 1), () -> tensor.copyFrom(1f, 2f, 3f, 4f)}) {
            assertThatThrownBy(use::execute).isInstanceOf(IllegalStateException.class).hasMessage(message);
        }
    }
}
