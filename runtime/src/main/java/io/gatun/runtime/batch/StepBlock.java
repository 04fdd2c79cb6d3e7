package io.gatun.runtime.batch;

import io.gatun.memory.CudaDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Device;
import io.gatun.memory.PinnedBuffer;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** A step's integers on the host, pinned where the device is a GPU, and their twin on the device. */
final class StepBlock implements AutoCloseable {
    private static final long ALIGNMENT = 256;

    private final Device device;
    private final TensorArena arena;
    private final Arena hostMemory = Arena.ofShared();
    private final Tensor tensor;
    private final Optional<PinnedBuffer> pinned;
    private final MemorySegment host;

    StepBlock(Device device, int capacity) {
        this.device = device;
        arena = device.arena("batch", 0);
        try {
            tensor = arena.allocate(DType.I32, capacity);
            pinned = device instanceof CudaDevice ? Optional.of(PinnedBuffer.allocate(tensor.bytes())) : Optional.empty();
            host = pinned.map(PinnedBuffer::segment).orElseGet(() -> hostMemory.allocate(tensor.bytes(), ALIGNMENT));
        } catch (RuntimeException | Error e) {
            hostMemory.close();
            arena.close();
            throw e;
        }
    }

    int capacity() {
        return (int) tensor.elements();
    }

    void set(int at, int value) {
        host.setAtIndex(ValueLayout.JAVA_INT, at, value);
    }

    /** Brings the first {@code count} integers to the device. */
    void send(int count) {
        if (device instanceof CudaDevice cuda) {
            cuda.copyInAsync(pinned.orElseThrow(), (long) count * Integer.BYTES, tensor);
        } else {
            device.copyIn(host, part(0, count));
        }
    }

    /** A part of the device's integers. */
    Tensor part(int from, long count) {
        return tensor.narrowRows(from, count);
    }

    @Override
    public void close() {
        pinned.ifPresent(PinnedBuffer::close);
        hostMemory.close();
        arena.close();
    }
}
