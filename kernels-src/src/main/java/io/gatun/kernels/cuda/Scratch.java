package io.gatun.kernels.cuda;

import io.gatun.memory.CudaDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;

/**
 * Device memory for partial results within one operation. It grows to the largest request and is shared by all operations, which run in order. What it has
 * outgrown stays allocated, since a captured graph goes on working there.
 */
final class Scratch implements AutoCloseable {
    private final TensorArena arena;
    private Tensor floats;

    Scratch(CudaDevice device) {
        this.arena = device.arena("scratch", 0);
        this.floats = arena.allocate(DType.F32, 1);
    }

    /** At least {@code count} floats, with undefined contents, good until the operation ends. */
    Tensor floats(long count) {
        if (floats.elements() < count) {
            floats = arena.allocate(DType.F32, count);
        }
        return floats;
    }

    @Override
    public void close() {
        arena.close();
    }
}
