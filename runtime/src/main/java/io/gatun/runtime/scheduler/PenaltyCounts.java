package io.gatun.runtime.scheduler;

import io.gatun.kernels.Kernels;
import io.gatun.kernels.SamplingKernels.Counting;
import io.gatun.memory.DType;
import io.gatun.memory.Device;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;
import java.util.Arrays;
import java.util.BitSet;

/** How often each token occurred, for each request with penalties: a row of the vocabulary's size on the device. Rows are allocated when first needed. */
final class PenaltyCounts implements AutoCloseable {
    private static final int FIRST_SLOTS = 16;

    private final Kernels kernels;
    private final Device device;
    private final int vocabSize;
    private final BitSet taken = new BitSet();
    private TensorArena arena;
    private Tensor counts;

    PenaltyCounts(Kernels kernels, int vocabSize) {
        this.kernels = kernels;
        this.device = kernels.device();
        this.vocabSize = vocabSize;
        arena = device.arena("penalties", 0);
        counts = arena.allocate(DType.I32, 0, vocabSize);
    }

    /** i32 [S, V]. */
    Tensor counts() {
        return counts;
    }

    /** Gives a request a row that counts its prompt and its output so far. */
    void open(Req req) {
        int slot = taken.nextClearBit(0);
        if (slot == counts.dim(0)) {
            grow();
        }
        taken.set(slot);
        req.penaltySlot = slot;
        counts.narrowRows(slot, 1).copyFrom(new int[vocabSize]);
        try (var ids = device.arena("penalties", 0)) {
            int promptLen = req.promptLen();
            count(ids, req.tokens().tail(0), 0, promptLen, slot, Counting.PROMPT);
            count(ids, req.tokens().tail(0), promptLen, req.tokens().size(), slot, Counting.GENERATED);
            device.synchronize();
        }
    }

    /** Takes a request's row back, if it has one. */
    void close(Req req) {
        if (req.penaltySlot != Req.NO_SLOT) {
            taken.clear(req.penaltySlot);
            req.penaltySlot = Req.NO_SLOT;
        }
    }

    @Override
    public void close() {
        arena.close();
    }

    private void count(TensorArena memory, int[] tokens, int from, int to, int slot, Counting what) {
        if (from < to) {
            int[] slots = new int[to - from];
            Arrays.fill(slots, slot);
            kernels.sampling().count(counts, memory.allocate(DType.I32, slots.length).copyFrom(slots),
                    memory.allocate(DType.I32, slots.length).copyFrom(Arrays.copyOfRange(tokens, from, to)), what);
        }
    }

    private void grow() {
        long rows = Math.max(FIRST_SLOTS, 2 * counts.dim(0));
        var larger = device.arena("penalties", 0);
        var moved = larger.allocate(DType.I32, rows, vocabSize);
        if (counts.dim(0) > 0) {
            moved.narrowRows(0, counts.dim(0)).copyFrom(counts.toInts());
        }
        arena.close();
        arena = larger;
        counts = moved;
    }
}
