package io.gatun.memory;

import static io.gatun.bindings.Cuda.check;
import static java.lang.foreign.ValueLayout.ADDRESS;

import io.gatun.bindings.cuda.cuda_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A queue of work for a GPU: what is put into one stream runs in order. */
public final class CudaStream implements AutoCloseable {
    private final MemorySegment handle;

    private CudaStream(MemorySegment handle) {
        this.handle = handle;
    }

    /** A stream of the current device, independent of CUDA's default stream. */
    public static CudaStream create() {
        try (var arena = Arena.ofConfined()) {
            var pointer = arena.allocate(ADDRESS);
            check(cuda_h.cuStreamCreate(pointer, cuda_h.CU_STREAM_NON_BLOCKING()), "cuStreamCreate");
            return new CudaStream(pointer.get(ADDRESS, 0));
        }
    }

    /** The CUstream. */
    public MemorySegment handle() {
        return handle;
    }

    /** Waits until everything put into the stream so far is done. */
    public void synchronize() {
        check(cuda_h.cuStreamSynchronize(handle), "cuStreamSynchronize");
    }

    /** Lets later work of this stream wait for {@code event}. */
    public void await(CudaEvent event) {
        check(cuda_h.cuStreamWaitEvent(handle, event.handle(), 0), "cuStreamWaitEvent");
    }

    @Override
    public void close() {
        check(cuda_h.cuStreamDestroy_v2(handle), "cuStreamDestroy");
    }
}
