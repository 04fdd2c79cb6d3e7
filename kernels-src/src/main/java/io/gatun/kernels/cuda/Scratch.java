package io.gatun.kernels.cuda;

import io.gatun.memory.CudaDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;

/**
 * Device memory for what happens within one operation. It grows to the largest request and is shared by all operations, which run in order. What it has
 * outgrown stays allocated, since a captured graph goes on working there.
 */
final class Scratch implements AutoCloseable {
    private static final int USUAL_COUNTERS = 1 << 12;

    private final CudaDevice device;
    private final TensorArena arena;
    private Tensor floats;
    private Tensor counters;

    Scratch(CudaDevice device) {
        this.device = device;
        this.arena = device.arena("scratch", 0);
        this.floats = arena.allocate(DType.F32, 1);
        this.counters = zeros(USUAL_COUNTERS);
    }

    /** At least {@code count} floats for partial results, with undefined contents, good until the operation ends. */
    Tensor floats(long count) {
        if (floats.elements() < count) {
            floats = arena.allocate(DType.F32, count);
        }
        return floats;
    }

    /** At least {@code count} i32 zeros, by which blocks tell each other that they are done. The operation leaves them zero. */
    Tensor counters(long count) {
        if (counters.elements() < count) {
            counters = zeros(Math.max(count, 2 * counters.elements()));
        }
        return counters;
    }

    @Override
    public void close() {
        arena.close();
    }

    private Tensor zeros(long count) {
        var zeros = arena.allocate(DType.I32, count);
        device.fill(zeros, 0);
        return zeros;
    }
}
