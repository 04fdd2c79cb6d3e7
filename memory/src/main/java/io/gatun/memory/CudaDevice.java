package io.gatun.memory;

import static io.gatun.bindings.Cuda.check;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.gatun.bindings.cuda.cuda_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One NVIDIA GPU with its primary context and a stream on which all work is ordered. A thread that uses the device must have opened it or called
 * {@link #makeCurrent()}; one thread at a time.
 */
public final class CudaDevice implements Device {
    private final int ordinal;
    private final String model;
    private final int major;
    private final int minor;
    private final int multiprocessors;
    private final int maxSharedBytes;
    private final MemorySegment context;
    private final CudaStream stream;
    private final Staging staging;
    private final MemoryLedger ledger = new MemoryLedger();
    private boolean closed;

    private CudaDevice(int ordinal) {
        this.ordinal = ordinal;
        try (var arena = Arena.ofConfined()) {
            check(cuda_h.cuInit(0), "cuInit");
            var name = arena.allocate(256);
            check(cuda_h.cuDeviceGetName(name, 256, ordinal), "cuDeviceGetName");
            model = name.getString(0);
            var value = arena.allocate(JAVA_INT);
            major = attribute(value, cuda_h.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR());
            minor = attribute(value, cuda_h.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR());
            multiprocessors = attribute(value, cuda_h.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT());
            maxSharedBytes = attribute(value, cuda_h.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN());
            var pointer = arena.allocate(ADDRESS);
            check(cuda_h.cuDevicePrimaryCtxRetain(pointer, ordinal), "cuDevicePrimaryCtxRetain");
            context = pointer.get(ADDRESS, 0);
        }
        makeCurrent();
        stream = CudaStream.create();
        staging = new Staging(stream);
    }

    /**
     * Opens a GPU and makes it current for this thread.
     *
     * @param ordinal its number among those that the driver shows, from 0
     * @throws io.gatun.bindings.CudaException if the driver refuses
     */
    public static CudaDevice open(int ordinal) {
        return new CudaDevice(ordinal);
    }

    /** Makes the device current for the calling thread. */
    public void makeCurrent() {
        check(cuda_h.cuCtxSetCurrent(context), "cuCtxSetCurrent");
    }

    @Override
    public String name() {
        return "cuda:" + ordinal;
    }

    /** The product name, such as {@code NVIDIA H200}. */
    public String model() {
        return model;
    }

    /** The number that CUDA knows the device by. */
    public int ordinal() {
        return ordinal;
    }

    /** Compute capability times ten: 90 on Hopper. */
    public int computeCapability() {
        return 10 * major + minor;
    }

    /** What NVRTC shall compile for: with the features of exactly this architecture where it has such, as {@code sm_90a}. */
    public String architecture() {
        return "sm_" + computeCapability() + (major >= 9 ? "a" : "");
    }

    public int multiprocessors() {
        return multiprocessors;
    }

    /** The most dynamic shared memory a block may have, in bytes. */
    public int maxSharedBytes() {
        return maxSharedBytes;
    }

    /** The stream that all copies and kernels go to, in order. */
    public CudaStream stream() {
        return stream;
    }

    @Override
    public long freeBytes() {
        return memoryInfo(0);
    }

    @Override
    public long totalBytes() {
        return memoryInfo(1);
    }

    @Override
    public MemoryLedger ledger() {
        return ledger;
    }

    @Override
    public void copyIn(MemorySegment source, Tensor target) {
        target.requireContiguous();
        staging.copyIn(source.asSlice(0, target.bytes()), target.address());
    }

    @Override
    public void copyOut(Tensor source, MemorySegment target) {
        source.requireContiguous();
        staging.copyOut(source.address(), target.asSlice(0, source.bytes()));
    }

    /** Starts a copy from pinned memory, which must keep its contents until the stream has come past it. */
    public void copyInAsync(PinnedBuffer source, long bytes, Tensor target) {
        check(cuda_h.cuMemcpyHtoDAsync_v2(target.address(), source.segment(), bytes, stream.handle()), "cuMemcpyHtoDAsync");
    }

    /** Starts a copy to pinned memory from byte {@code offset} on; its contents are undefined until the stream has come past it. */
    public void copyOutAsync(Tensor source, PinnedBuffer target, long offset) {
        source.requireContiguous();
        check(cuda_h.cuMemcpyDtoHAsync_v2(target.segment().asSlice(offset, source.bytes()), source.address(), source.bytes(), stream.handle()),
                "cuMemcpyDtoHAsync");
    }

    /** Starts filling a tensor with one byte value. */
    public void fill(Tensor target, int value) {
        target.requireContiguous();
        check(cuda_h.cuMemsetD8Async(target.address(), (byte) value, target.bytes(), stream.handle()), "cuMemsetD8Async");
    }

    @Override
    public void synchronize() {
        stream.synchronize();
    }

    @Override
    public Block allocate(long bytes) {
        try (var arena = Arena.ofConfined()) {
            var pointer = arena.allocate(JAVA_LONG);
            int result = cuda_h.cuMemAlloc_v2(pointer, bytes);
            if (result == cuda_h.CUDA_ERROR_OUT_OF_MEMORY()) {
                throw new OutOfMemoryException("asked for " + Sizes.bytes(bytes) + ", " + name() + " (" + model + ") has "
                        + Sizes.bytes(freeBytes()) + " free of " + Sizes.bytes(totalBytes()));
            }
            check(result, "cuMemAlloc");
            return new DeviceBlock(pointer.get(JAVA_LONG, 0));
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        stream.synchronize();
        staging.close();
        stream.close();
        check(cuda_h.cuDevicePrimaryCtxRelease_v2(ordinal), "cuDevicePrimaryCtxRelease");
    }

    private int attribute(MemorySegment value, int attribute) {
        check(cuda_h.cuDeviceGetAttribute(value, attribute, ordinal), "cuDeviceGetAttribute");
        return value.get(JAVA_INT, 0);
    }

    private long memoryInfo(int which) {
        try (var arena = Arena.ofConfined()) {
            var free = arena.allocate(JAVA_LONG);
            var total = arena.allocate(JAVA_LONG);
            check(cuda_h.cuMemGetInfo_v2(free, total), "cuMemGetInfo");
            return (which == 0 ? free : total).get(JAVA_LONG, 0);
        }
    }

    private record DeviceBlock(long address) implements Block {
        @Override
        public MemorySegment segment() {
            return MemorySegment.ofAddress(address);
        }

        @Override
        public void close() {
            check(cuda_h.cuMemFree_v2(address), "cuMemFree");
        }
    }
}
