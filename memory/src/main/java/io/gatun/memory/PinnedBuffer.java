package io.gatun.memory;

import static io.gatun.bindings.Cuda.check;
import static java.lang.foreign.ValueLayout.ADDRESS;

import io.gatun.bindings.cuda.cuda_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Page-locked host memory, which the GPU copies from and to at full speed and without blocking the host. */
public final class PinnedBuffer implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;

    private PinnedBuffer(MemorySegment pointer, long bytes) {
        segment = pointer.reinterpret(bytes, arena, memory -> check(cuda_h.cuMemFreeHost(memory), "cuMemFreeHost"));
    }

    /**
     * Allocates pinned memory usable with the current device.
     *
     * @throws OutOfMemoryException if the operating system refuses
     */
    public static PinnedBuffer allocate(long bytes) {
        try (var arena = Arena.ofConfined()) {
            var pointer = arena.allocate(ADDRESS);
            int result = cuda_h.cuMemHostAlloc(pointer, bytes, 0);
            if (result == cuda_h.CUDA_ERROR_OUT_OF_MEMORY()) {
                throw new OutOfMemoryException("the system refused " + Sizes.bytes(bytes) + " of pinned host memory");
            }
            check(result, "cuMemHostAlloc");
            return new PinnedBuffer(pointer.get(ADDRESS, 0), bytes);
        }
    }

    /** The memory; an access after {@link #close()} is an error. */
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public void close() {
        arena.close();
    }
}
