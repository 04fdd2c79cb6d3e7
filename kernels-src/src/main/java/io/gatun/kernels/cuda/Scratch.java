package io.gatun.kernels.cuda;

import io.gatun.memory.CudaDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;

/** Device memory for partial results within one operation. It grows to the largest request and is shared by all operations, which run in order. */
final class Scratch implements AutoCloseable {
    private final CudaDevice device;
    private TensorArena arena;
    private Tensor floats;

    Scratch(CudaDevice device) {
        this.device = device;
        this.arena = device.arena("scratch", 0);
        this.floats = arena.allocate(DType.F32, 1);
    }

    /** At least {@code count} floats, with undefined contents, good until the operation ends. */
    Tensor floats(long count) {
        if (floats.elements() < count) {
            device.synchronize();
            arena.close();
            arena = device.arena("scratch", 0);
            floats = arena.allocate(DType.F32, count);
        }
        return floats;
    }

    @Override
    public void close() {
        arena.close();
    }
}
