package io.gatun.memory;

import static io.gatun.bindings.Cuda.check;

import io.gatun.bindings.cuda.cuda_h;
import java.lang.foreign.MemorySegment;

/** Copies between pageable host memory and a GPU through two pinned buffers, so that filling one overlaps the transfer of the other. */
final class Staging implements AutoCloseable {
    private static final long HALF_BYTES = 16L << 20;

    private final CudaStream stream;
    private final PinnedBuffer pinned = PinnedBuffer.allocate(2 * HALF_BYTES);
    private final CudaEvent[] passed = {CudaEvent.create(), CudaEvent.create()};
    private int next;

    Staging(CudaStream stream) {
        this.stream = stream;
    }

    /** The source may change as soon as this returns; later work of the stream sees the copy. */
    void copyIn(MemorySegment source, long address) {
        for (long done = 0; done < source.byteSize(); done += HALF_BYTES) {
            long bytes = Math.min(HALF_BYTES, source.byteSize() - done);
            var half = acquire();
            MemorySegment.copy(source, done, half, 0, bytes);
            check(cuda_h.cuMemcpyHtoDAsync_v2(address + done, half, bytes, stream.handle()), "cuMemcpyHtoDAsync");
            release();
        }
    }

    /** Complete on return. */
    void copyOut(long address, MemorySegment target) {
        for (long done = 0; done < target.byteSize(); done += HALF_BYTES) {
            long bytes = Math.min(HALF_BYTES, target.byteSize() - done);
            var half = acquire();
            check(cuda_h.cuMemcpyDtoHAsync_v2(half, address + done, bytes, stream.handle()), "cuMemcpyDtoHAsync");
            stream.synchronize();
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

    private MemorySegment acquire() {
        passed[next].synchronize();
        return pinned.segment().asSlice(next * HALF_BYTES, HALF_BYTES);
    }

    private void release() {
        passed[next].record(stream);
        next = 1 - next;
    }
}
