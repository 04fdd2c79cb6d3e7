package io.gatun.bindings;

import io.gatun.bindings.cuda.CUtensorMap_st;
import io.gatun.bindings.cuda.cuda_h;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;

/** Finds libcuda and turns its results into exceptions; the functions themselves are in {@link cuda_h}. */
public final class Cuda {

    /**
     * The oldest driver that Gatun accepts (525.60). CUDA 12.0 brought what the bindings call: libraries and kernels without a context
     * ({@code cuLibraryLoadData}), tensor maps, the current graph update. Cubins of any NVRTC 12.x load on it.
     */
    public static final CudaVersion OLDEST_DRIVER = new CudaVersion(12, 0);

    /** The oldest device that Gatun accepts: Ampere, the first with bf16 arithmetic and asynchronous copies to shared memory. */
    public static final ComputeCapability OLDEST_DEVICE = new ComputeCapability(8, 0);

    private static final long TENSOR_MAP_ALIGNMENT = 128;

    private Cuda() {
    }

    /** Looks at the first visible device; never throws. */
    public static CudaStatus probe() {
        return probe(0);
    }

    /**
     * Says whether Gatun can run on a device, and if not, why and what to do. Never throws; initialises the driver, makes no context.
     *
     * @param device ordinal among the visible devices
     */
    public static CudaStatus probe(int device) {
        return Probe.of(device);
    }

    /**
     * Throws if a call did not succeed.
     *
     * @param result the {@code CUresult} that was returned
     * @param call   the function's name, a constant
     * @throws CudaException if {@code result} is not {@code CUDA_SUCCESS}
     */
    public static void check(int result, String call) {
        if (result != 0) {
            throw CudaException.of(result, call);
        }
    }

    /** Allocates a {@code CUtensorMap}, 128 bytes at an alignment of 128; the generated layout has lost the alignment. */
    public static MemorySegment allocateTensorMap(SegmentAllocator allocator) {
        return allocator.allocate(CUtensorMap_st.sizeof(), TENSOR_MAP_ALIGNMENT);
    }

    /** The functions of libcuda for the generated code; none where there is no driver. */
    public static SymbolLookup symbols() {
        return Driver.HERE.symbols();
    }

    static boolean isDriverPresent() {
        return symbols().find("cuInit").isPresent();
    }

    /** The newest CUDA version that the driver supports; empty where there is no driver. */
    public static Optional<CudaVersion> driverVersion() {
        if (!isDriverPresent()) {
            return Optional.empty();
        }
        try (var arena = Arena.ofConfined()) {
            var version = arena.allocate(cuda_h.C_INT);
            check(cuda_h.cuDriverGetVersion(version), "cuDriverGetVersion");
            return Optional.of(CudaVersion.ofDriver(version.get(cuda_h.C_INT, 0)));
        }
    }

    /** Whether {@code java} was told to refuse native calls, so that nothing can be said about the machine. */
    static boolean isNativeAccessDenied() {
        return Driver.HERE.denied();
    }

    private record Driver(SymbolLookup symbols, boolean denied) {
        static final Driver HERE = load();

        private static Driver load() {
            SymbolLookup none = name -> Optional.empty();
            try {
                return new Driver(SymbolLookup.libraryLookup("libcuda.so.1", Arena.global()), false);
            } catch (IllegalArgumentException notOnThisMachine) {
                return new Driver(none, false);
            } catch (IllegalCallerException refused) {
                return new Driver(none, true);
            }
        }
    }
}
