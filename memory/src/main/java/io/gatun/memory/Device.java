package io.gatun.memory;

import java.lang.foreign.MemorySegment;

/**
 * A place where tensors live and kernels run. It owns the memory that its arenas hand out; {@link #ledger()} accounts for it.
 */
public sealed interface Device extends AutoCloseable permits CpuDevice, CudaDevice {

    /** {@code cpu} or {@code cuda:0}. */
    String name();

    /** Bytes not in use at the moment: of the card, or of the machine's memory. */
    long freeBytes();

    /** All bytes that the device has. */
    long totalBytes();

    /** What is allocated on this device, by arena. */
    MemoryLedger ledger();

    /**
     * Copies as many bytes as {@code target} has from host memory. The source may change as soon as this returns; later work of the device sees
     * the copy.
     */
    void copyIn(MemorySegment source, Tensor target);

    /**
     * Copies a tensor of this device to host memory, complete on return.
     */
    void copyOut(Tensor source, MemorySegment target);

    /** Waits until all work given to the device is done. */
    void synchronize();

    /** An arena called {@code name} that grows by blocks of at least {@code blockBytes}. */
    default TensorArena arena(String name, long blockBytes) {
        return new TensorArena(this, name, blockBytes);
    }

    /** Allocates a block for an arena, aligned to 256 bytes. */
    Block allocate(long bytes);

    /** Gives the device back. Every arena must have been closed before. */
    @Override
    void close();

    /** A piece of device memory with one owner. */
    interface Block extends AutoCloseable {
        /** Host memory, or a zero-length segment that carries the device address. */
        MemorySegment segment();

        @Override
        void close();
    }
}
