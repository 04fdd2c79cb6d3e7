package io.gatun.kernels.cuda;

import static io.gatun.bindings.Cuda.check;

import io.gatun.bindings.cuda.cuda_h;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/** A kernel ready to launch. Its code may still be compiling in the background; the first launch waits for it. */
final class CudaFunction {
    /** A system property: how many hundredths of a multiprocessor's memory are shared, lest kernels that follow each other change it. */
    private static final String CARVEOUT = "gatun.carveout";
    private static final int SHARED_BYTES_WITHOUT_ASKING = 48 << 10;

    private final KernelSpec spec;
    private final int device;
    private final boolean waitsItself;
    private final Supplier<MemorySegment> loader;
    private MemorySegment handle = MemorySegment.NULL;
    private int sharedBytesAllowed = SHARED_BYTES_WITHOUT_ASKING;

    CudaFunction(KernelSpec spec, int device, boolean waitsItself, Supplier<MemorySegment> loader) {
        this.spec = spec;
        this.device = device;
        this.waitsItself = waitsItself;
        this.loader = loader;
    }

    /** The CUkernel, allowed to use {@code sharedBytes} of dynamic shared memory. */
    MemorySegment handle(int sharedBytes) {
        if (handle.address() == 0) {
            handle = loader.get();
            Integer carveout = waitsItself ? Integer.getInteger(CARVEOUT) : null;
            if (carveout != null) {
                check(cuda_h.cuKernelSetAttribute(cuda_h.CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT(), carveout, handle, device),
                        "cuKernelSetAttribute");
            }
        }
        if (sharedBytes > sharedBytesAllowed) {
            check(cuda_h.cuKernelSetAttribute(cuda_h.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES(), sharedBytes, handle, device),
                    "cuKernelSetAttribute");
            sharedBytesAllowed = sharedBytes;
        }
        return handle;
    }

    /** Whether the kernel waits for the one before it by itself, so that it may be launched before that has ended. */
    boolean waitsItself() {
        return waitsItself;
    }

    @Override
    public String toString() {
        return spec.toString();
    }
}
