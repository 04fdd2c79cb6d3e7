package io.gatun.memory;

import static io.gatun.bindings.Cuda.check;

import io.gatun.bindings.cuda.cuda_h;
import java.lang.foreign.MemorySegment;

/**
 * Copies between pageable host memory and a GPU through two pinned buffers, so that filling one overlaps the transfer of the other. Copies that fit share a
 * buffer: the host waits for the device only before it fills again what the device may not have read.
 */
final class Staging implements AutoCloseable {
    private static final long HALF_BYTES = 16L << 20;
    private static final long ALIGNMENT = 256;

    private final CudaStream stream;
    private final PinnedBuffer pinned = PinnedBuffer.allocate(2 * HALF_BYTES);
    private final CudaEvent[] passed = {CudaEvent.create(), CudaEvent.create()};
    private int current;
    private long used;

    Staging(CudaStream stream) {
        this.stream = stream;
    }

    /** The source may change as soon as this returns; later work of the stream sees the copy. */
    void copyIn(MemorySegment source, long address) {
        for (long done = 0; done < source.byteSize();) {
            if (used == HALF_BYTES) {
                turnOver();
            }
            long bytes = Math.min(HALF_BYTES - used, source.byteSize() - done);
            var part = pinned.segment().asSlice(current * HALF_BYTES + used, bytes);
            MemorySegment.copy(source, done, part, 0, bytes);
            check(cuda_h.cuMemcpyHtoDAsync_v2(address + done, part, bytes, stream.handle()), "cuMemcpyHtoDAsync");
            passed[current].record(stream);
            used = used + bytes + ALIGNMENT - 1 & -ALIGNMENT;
            done += bytes;
        }
    }

    /** Complete on return. What is written to the buffer comes after what was read from it, in the order of the stream. */
    void copyOut(long address, MemorySegment target) {
        var half = pinned.segment().asSlice(current * HALF_BYTES, HALF_BYTES);
        for (long done = 0; done < target.byteSize(); done += HALF_BYTES) {
            long bytes = Math.min(HALF_BYTES, target.byteSize() - done);
            check(cuda_h.cuMemcpyDtoHAsync_v2(half, address + done, bytes, stream.handle()), "cuMemcpyDtoHAsync");
            stream.synchronize();
            used = 0;
            MemorySegment.copy(half, 0, target, done, bytes);
        }
    }

    @Override
    public void close() {
        for (var event : passed) {
            event.close();
        }
        pinned.close();
    }

    /** Goes on with the other buffer once the device has read it. */
    private void turnOver() {
        current = 1 - current;
        used = 0;
        passed[current].synchronize();
    }
}
