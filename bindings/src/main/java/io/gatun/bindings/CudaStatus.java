package io.gatun.bindings;

/** What {@link Cuda#probe()} found. */
public sealed interface CudaStatus {

    /**
     * A device that Gatun can run on.
     *
     * @param device      ordinal among the visible devices
     * @param totalMemory device memory in bytes
     * @param driver      newest CUDA version that the driver supports
     * @param nvrtc       the compiler, loaded
     */
    record Available(int device, String name, ComputeCapability computeCapability, int multiprocessors, long totalMemory,
                     CudaVersion driver, NvrtcLibrary nvrtc) implements CudaStatus {
    }

    /** No device to run on; the message says why and what to do. */
    record Unavailable(Reason reason, String message) implements CudaStatus {
    }

    /** Why there is no device to run on. */
    enum Reason {
        /** The JVM may not call native code. */
        NATIVE_ACCESS_DENIED,
        /** libcuda.so.1, which comes with the driver, is not on the machine. */
        NO_LIBCUDA,
        /** The driver is older than {@link Cuda#OLDEST_DRIVER}. */
        DRIVER_TOO_OLD,
        /** The driver is there and refuses to start. */
        DRIVER_FAILED,
        /** The driver shows no device, or none of the wanted ordinal. */
        NO_DEVICE,
        /** The device is older than {@link Cuda#OLDEST_DEVICE}. */
        DEVICE_TOO_OLD,
        /** NVRTC is not on the machine, or cannot be loaded. */
        NO_NVRTC,
        /** NVRTC's major version is above the driver's, which will not load its cubins. */
        NVRTC_TOO_NEW,
        /** NVRTC does not know the device's architecture. */
        NVRTC_TOO_OLD
    }
}
