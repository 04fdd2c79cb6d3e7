package io.gatun.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CudaDeviceGpuTest {
    private static final int STAGING_BYTES = 32 << 20;

    private CudaDevice device;

    @BeforeEach
    void open() {
        device = Gpu.open();
    }

    @AfterEach
    void closeWithNothingLeft() {
        if (device != null) {
            assertThat(device.ledger().liveByArena()).isEmpty();
            device.close();
            device.close();
        }
    }

    @Test
    void theDeviceDescribesItself() {
        assertThat(device.name()).isEqualTo("cuda:" + device.ordinal());
        assertThat(device.model()).isNotBlank();
        assertThat(device.architecture()).startsWith("sm_" + device.computeCapability());
        assertThat(device.multiprocessors()).isPositive();
        assertThat(device.maxSharedBytes()).isGreaterThanOrEqualTo(48 << 10);
        assertThat(device.freeBytes()).isPositive().isLessThanOrEqualTo(device.totalBytes());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, STAGING_BYTES / 2 - 1, STAGING_BYTES / 2, STAGING_BYTES / 2 + 1, STAGING_BYTES, 2 * STAGING_BYTES + 12_345})
    void bytesComeBackAsTheyWentWhateverTheStagingBuffersHold(int size) {
        byte[] sent = new byte[size];
        new Random(size).nextBytes(sent);
        try (var arena = device.arena("copies", 0)) {
            var tensor = arena.allocate(DType.U8, size);
            var source = MemorySegment.ofArray(sent.clone());
            device.copyIn(source, tensor);
            source.fill((byte) 0);
            byte[] received = new byte[size];
            device.copyOut(tensor, MemorySegment.ofArray(received));
            assertThat(Arrays.mismatch(sent, received)).isEqualTo(-1);
        }
    }

    @Test
    void copiesOfManySizesInOneStreamDoNotDisturbEachOther() {
        var random = new Random(7);
        int[] sizes = random.ints(200, 1, 1 << 20).map(size -> size % 3 == 0 ? 1 + size % 999 : size).toArray();
        byte[][] sent = new byte[sizes.length][];
        var tensors = new Tensor[sizes.length];
        try (var arena = device.arena("copies", 1 << 20)) {
            for (int i = 0; i < sizes.length; i++) {
                sent[i] = new byte[sizes[i]];
                random.nextBytes(sent[i]);
                tensors[i] = arena.allocate(DType.U8, sizes[i]);
                var source = MemorySegment.ofArray(sent[i].clone());
                device.copyIn(source, tensors[i]);
                source.fill((byte) 0);
                if (i % 50 == 49) {
                    assertReceived(tensors[i - 1], sent[i - 1]);
                }
            }
            for (int i = 0; i < sizes.length; i++) {
                assertReceived(tensors[i], sent[i]);
            }
        }
    }

    private void assertReceived(Tensor tensor, byte[] sent) {
        byte[] received = new byte[sent.length];
        device.copyOut(tensor, MemorySegment.ofArray(received));
        assertThat(Arrays.mismatch(sent, received)).isEqualTo(-1);
    }

    @Test
    void partsOfATensorAreCopiedFromWhereTheyLie() {
        try (var arena = device.arena("parts", 1 << 20)) {
            var tensor = arena.allocate(DType.BF16, 3, 4).copyFrom(0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f, 9f, 10f, 11f);
            assertThat(tensor.narrowCols(1, 2).toFloats()).containsExactly(1, 2, 5, 6, 9, 10);
            assertThat(tensor.narrowRows(2, 1).toFloats()).containsExactly(8, 9, 10, 11);
            tensor.narrowRows(1, 1).copyFrom(-4f, -5f, -6f, -7f);
            assertThat(tensor.toFloats()).containsExactly(0, 1, 2, 3, -4, -5, -6, -7, 8, 9, 10, 11);
        }
    }

    @Test
    void columnsCannotBeCopiedIntoOrFilledAsOnePiece() {
        try (var arena = device.arena("columns", 1 << 20)) {
            var columns = arena.allocate(DType.F32, 2, 3).narrowCols(0, 2);
            assertThatThrownBy(() -> device.copyIn(MemorySegment.ofArray(new float[4]), columns)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("gaps between its rows");
            assertThatThrownBy(() -> device.fill(columns, 0)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void fillSetsEveryByteAndNoOther() {
        try (var arena = device.arena("fill", 1 << 20)) {
            var tensor = arena.allocate(DType.U8, 8);
            device.fill(tensor, 1);
            device.fill(tensor.narrowRows(2, 3), 0xab);
            assertThat(tensor.toFloats()).containsExactly(1, 1, 0xab, 0xab, 0xab, 1, 1, 1);
        }
    }

    @Test
    void theHostCannotReadDeviceMemory() {
        try (var arena = device.arena("weights", 1 << 20)) {
            var tensor = arena.allocate(DType.BF16, 2, 3);
            assertThatThrownBy(tensor::segment).isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("bf16[2, 3] on " + device.name() + " (weights) cannot be read or written by the host");
        }
    }

    @Test
    void aDeviceTensorUsedAfterResetOrCloseNamesItsArena() {
        var arena = device.arena("step", 1 << 20);
        var tensor = arena.allocate(DType.F32, 4);
        arena.reset();
        assertThatThrownBy(tensor::toFloats).isInstanceOf(IllegalStateException.class).hasMessageContaining("'step'").hasMessageContaining("reset");
        var second = arena.allocate(DType.F32, 4);
        arena.close();
        assertThatThrownBy(second::address).isInstanceOf(IllegalStateException.class).hasMessageContaining("'step'").hasMessageContaining("closed");
    }

    @Test
    void eventsTakeTheTimeOfTheWorkBetweenThem() {
        try (var arena = device.arena("timing", 0); var before = CudaEvent.create(); var middle = CudaEvent.create(); var after = CudaEvent.create()) {
            var large = arena.allocate(DType.U8, 1L << 30);
            before.record(device.stream());
            device.fill(large.narrowRows(0, 1), 0);
            middle.record(device.stream());
            for (int i = 0; i < 8; i++) {
                device.fill(large, i);
            }
            after.record(device.stream());
            after.synchronize();
            assertThat(middle.secondsSince(before)).isNotNegative();
            assertThat(after.secondsSince(middle)).isGreaterThan(8.0 * (1L << 30) / 100e12).isLessThan(5);
        }
    }

    @Test
    void aStreamWaitsForAnEventOfAnother() {
        try (var arena = device.arena("streams", 0); var event = CudaEvent.create(); var other = CudaStream.create()) {
            var tensor = arena.allocate(DType.U8, 1 << 28);
            device.fill(tensor, 5);
            event.record(device.stream());
            other.await(event);
            other.synchronize();
            assertThat(tensor.narrowRows((1 << 28) - 1, 1).toFloats()).containsExactly(5);
        }
    }

    @Test
    void pinnedMemoryIsCopiedInOrderAndCannotBeUsedAfterClose() {
        var pinned = PinnedBuffer.allocate(16);
        var segment = pinned.segment();
        try (var arena = device.arena("pinned", 1 << 20)) {
            var tensor = arena.allocate(DType.I32, 4);
            for (int i = 0; i < 4; i++) {
                segment.setAtIndex(ValueLayout.JAVA_INT, i, 10 * i);
            }
            device.copyInAsync(pinned, 16, tensor);
            assertThat(tensor.toInts()).containsExactly(0, 10, 20, 30);
        }
        pinned.close();
        assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_INT, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void resultsArriveInPinnedMemoryWhenTheirEventIsDone() {
        try (var arena = device.arena("results", 1 << 20); var pinned = PinnedBuffer.allocate(12); var event = CudaEvent.create()) {
            assertThat(event.isDone()).isTrue();
            var tensor = arena.allocate(DType.I32, 2).copyFrom(7, 8);
            pinned.segment().set(ValueLayout.JAVA_INT, 0, -1);
            device.copyOutAsync(tensor, pinned, 4);
            event.record(device.stream());
            while (!event.isDone()) {
                Thread.onSpinWait();
            }
            assertThat(pinned.segment().toArray(ValueLayout.JAVA_INT)).containsExactly(-1, 7, 8);
            assertThatThrownBy(() -> device.copyOutAsync(tensor, pinned, 8)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void anEventIsNotDoneBeforeTheWorkBeforeIt() {
        try (var arena = device.arena("long", 0); var event = CudaEvent.create()) {
            var large = arena.allocate(DType.U8, 1L << 30);
            for (int i = 0; i < 64; i++) {
                device.fill(large, i);
            }
            event.record(device.stream());
            assertThat(event.isDone()).isFalse();
            event.synchronize();
            assertThat(event.isDone()).isTrue();
        }
    }

    @Test
    void anImpossibleAllocationIsAnErrorThatLeavesTheDeviceUsable() {
        try (var arena = device.arena("kv cache", 1 << 20)) {
            var kept = arena.allocate(DType.F32, 2).copyFrom(1f, 2f);
            assertThatThrownBy(() -> arena.allocate(DType.U8, 2 * device.totalBytes())).isInstanceOf(OutOfMemoryException.class)
                    .hasMessageStartingWith("arena 'kv cache' (1.00 MiB so far): asked for ").hasMessageContaining(device.name())
                    .hasMessageContaining(" free of ");
            assertThat(kept.toFloats()).containsExactly(1, 2);
            assertThat(arena.allocate(DType.F32, 1).copyFrom(3f).toFloats()).containsExactly(3);
        }
    }

    @Test
    void closingAnArenaGivesItsMemoryBack() {
        long before = device.freeBytes();
        var arena = device.arena("large", 0);
        arena.allocate(DType.U8, 1L << 30);
        assertThat(device.freeBytes()).isLessThan(before - (1L << 29));
        arena.close();
        assertThat(device.freeBytes()).isGreaterThan(before - (1L << 29));
    }
}
