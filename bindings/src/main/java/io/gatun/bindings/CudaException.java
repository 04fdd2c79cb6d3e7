package io.gatun.bindings;

import io.gatun.bindings.cuda.cuda_h;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A call of libcuda that failed, with CUDA's own name and text for the result. */
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int result;
    private final String call;

    private CudaException(int result, String call, String message) {
        super(message);
        this.result = result;
        this.call = call;
    }

    /** The exception for a {@code CUresult} that {@code call} returned. */
    static CudaException of(int result, String call) {
        if (!Cuda.isDriverPresent()) {
            return new CudaException(result, call, call + ": CUDA error " + result);
        }
        try (var arena = Arena.ofConfined()) {
            var text = arena.allocate(ValueLayout.ADDRESS);
            var name = cuda_h.cuGetErrorName(result, text) == 0 ? string(text) : "unknown CUDA error";
            var description = cuda_h.cuGetErrorString(result, text) == 0 ? ": " + string(text) : "";
            return new CudaException(result, call, call + ": " + name + " (" + result + ")" + description);
        }
    }

    private static String string(MemorySegment pointer) {
        return pointer.get(cuda_h.C_POINTER, 0).getString(0);
    }

    /** The {@code CUresult}, as {@code cuda_h.CUDA_ERROR_OUT_OF_MEMORY()}. */
    public int result() {
        return result;
    }

    /** The function that failed, as {@code cuMemAlloc_v2}. */
    public String call() {
        return call;
    }
}
