package io.gatun.runtime.scheduler;

import io.gatun.memory.CudaDevice;
import io.gatun.memory.CudaEvent;
import io.gatun.memory.Device;
import io.gatun.memory.PinnedBuffer;
import io.gatun.memory.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Host memory that a step's small results are copied to, without the host waiting for it. It grows as needed and is used again and again. */
sealed interface HostCopies extends AutoCloseable {
    /** So that each tensor's copy begins on a cache line. */
    long ALIGNMENT = 64;

    static HostCopies on(Device device) {
        return device instanceof CudaDevice cuda ? new Pinned(cuda) : new Plain(device);
    }

    /** Begins a step whose results take up to {@code bytes}; those of the step before are gone. */
    void begin(long bytes);

    /** Starts copying a tensor, and returns where on the host it will be. */
    long copy(Tensor tensor);

    /** Marks the end of the step. */
    void end();

    /** Waits until everything up to {@link #end} has arrived. */
    void await();

    /** Seconds the device took from {@link #begin} to {@link #end}; 0 where nothing measures it. */
    double deviceSeconds();

    /** The host memory. */
    MemorySegment segment();

    @Override
    void close();

    /** A GPU's: pinned memory, and an event that tells when the copies are there. */
    final class Pinned implements HostCopies {
        private final CudaDevice device;
        private final CudaEvent began = CudaEvent.create();
        private final CudaEvent ended = CudaEvent.create();
        private PinnedBuffer buffer = PinnedBuffer.allocate(1 << 16);
        private long used;

        private Pinned(CudaDevice device) {
            this.device = device;
        }

        @Override
        public void begin(long bytes) {
            ended.synchronize();
            if (bytes > buffer.segment().byteSize()) {
                buffer.close();
                buffer = PinnedBuffer.allocate(2 * bytes);
            }
            used = 0;
            began.record(device.stream());
        }

        @Override
        public long copy(Tensor tensor) {
            long at = used;
            used += (tensor.bytes() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            device.copyOutAsync(tensor, buffer, at);
            return at;
        }

        @Override
        public void end() {
            ended.record(device.stream());
        }

        @Override
        public void await() {
            ended.synchronize();
        }

        @Override
        public double deviceSeconds() {
            return ended.secondsSince(began);
        }

        @Override
        public MemorySegment segment() {
            return buffer.segment();
        }

        @Override
        public void close() {
            ended.synchronize();
            began.close();
            ended.close();
            buffer.close();
        }
    }

    /** The CPU's: the results are there when they are computed. */
    final class Plain implements HostCopies {
        private final Device device;
        private MemorySegment memory = Arena.ofAuto().allocate(1 << 16, ALIGNMENT);
        private long used;

        private Plain(Device device) {
            this.device = device;
        }

        @Override
        public void begin(long bytes) {
            if (bytes > memory.byteSize()) {
                memory = Arena.ofAuto().allocate(2 * bytes, ALIGNMENT);
            }
            used = 0;
        }

        @Override
        public long copy(Tensor tensor) {
            long at = used;
            used += (tensor.bytes() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            device.copyOut(tensor, memory.asSlice(at, tensor.bytes()));
            return at;
        }

        @Override
        public void end() {
        }

        @Override
        public void await() {
        }

        @Override
        public double deviceSeconds() {
            return 0;
        }

        @Override
        public MemorySegment segment() {
            return memory;
        }

        @Override
        public void close() {
        }
    }
}
