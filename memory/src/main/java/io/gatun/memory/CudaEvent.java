package io.gatun.memory;

import static io.gatun.bindings.Cuda.check;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.gatun.bindings.cuda.cuda_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A point in a stream's work, to wait for or to take the time at. */
public final class CudaEvent implements AutoCloseable {
    private final MemorySegment handle;
    private final MemorySegment millis = Arena.ofAuto().allocate(JAVA_FLOAT);

    private CudaEvent(MemorySegment handle) {
        this.handle = handle;
    }

    /** An event of the current device that takes the time. */
    public static CudaEvent create() {
        try (var arena = Arena.ofConfined()) {
            var pointer = arena.allocate(ADDRESS);
            check(cuda_h.cuEventCreate(pointer, cuda_h.CU_EVENT_DEFAULT()), "cuEventCreate");
            return new CudaEvent(pointer.get(ADDRESS, 0));
        }
    }

    /** Moves the event to the present end of {@code stream}. */
    public void record(CudaStream stream) {
        check(cuda_h.cuEventRecord(handle, stream.handle()), "cuEventRecord");
    }

    /** Waits until the stream has come past the event; returns at once if it was never recorded. */
    public void synchronize() {
        check(cuda_h.cuEventSynchronize(handle), "cuEventSynchronize");
    }

    /** Whether the stream has come past the event; true if it was never recorded. */
    public boolean isDone() {
        int result = cuda_h.cuEventQuery(handle);
        if (result == cuda_h.CUDA_ERROR_NOT_READY()) {
            return false;
        }
        check(result, "cuEventQuery");
        return true;
    }

    /** Seconds between {@code start} and this event; both must have been passed. */
    public double secondsSince(CudaEvent start) {
        check(cuda_h.cuEventElapsedTime(millis, start.handle, handle), "cuEventElapsedTime");
        return millis.get(JAVA_FLOAT, 0) / 1e3;
    }

    @Override
    public void close() {
        check(cuda_h.cuEventDestroy_v2(handle), "cuEventDestroy");
    }

    MemorySegment handle() {
        return handle;
    }
}
