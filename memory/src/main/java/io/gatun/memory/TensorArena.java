package io.gatun.memory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A bump allocator of tensors over a few large blocks of one device. Tensors are freed together: by {@link #reset()}, which keeps the blocks for
 * the next step, or by {@link #close()}. A tensor used after that is an error that names the arena. Not thread-safe.
 */
public final class TensorArena implements AutoCloseable {
    private static final long ALIGNMENT = 256;
    /** The epoch of tensors that resets do not end. */
    static final int EVERY_EPOCH = -1;

    private static final long MAX_BYTES = Long.MAX_VALUE - ALIGNMENT;

    private final Device device;
    private final String name;
    private final long blockBytes;
    private final List<Device.Block> blocks = new ArrayList<>();
    private final List<Long> sizes = new ArrayList<>();
    private int current;
    private long used;
    private int epoch;
    private boolean closed;

    TensorArena(Device device, String name, long blockBytes) {
        this.device = device;
        this.name = name;
        this.blockBytes = blockBytes;
    }

    /** The name under which the device's ledger accounts for this arena. */
    public String name() {
        return name;
    }

    /** The device that the tensors live on. */
    public Device device() {
        return device;
    }

    /**
     * A new contiguous tensor, aligned to 256 bytes. Its contents are undefined.
     *
     * @throws OutOfMemoryException if the device has no room for it
     */
    public Tensor allocate(DType dtype, long... dims) {
        var shape = Shape.of(dims);
        if (shape.elements() > MAX_BYTES / dtype.bytes()) {
            throw new OutOfMemoryException("arena '" + name + "': " + dtype.cudaName() + shape + " is larger than any device");
        }
        return new Tensor(this, take(shape.elements() * dtype.bytes()), dtype, shape, shape.rank() == 0 ? 1 : shape.dim(-1));
    }

    /** Forgets every tensor but keeps the memory. */
    public void reset() {
        requireOpen();
        epoch++;
        current = 0;
        used = 0;
    }

    /** Bytes taken from the device. */
    public long reservedBytes() {
        return sizes.stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        epoch++;
        for (int i = 0; i < blocks.size(); i++) {
            blocks.get(i).close();
            device.ledger().add(name, -sizes.get(i));
        }
        blocks.clear();
        sizes.clear();
    }

    int epoch() {
        return epoch;
    }

    void requireEpoch(int tensorEpoch) {
        if (tensorEpoch != epoch && (tensorEpoch != EVERY_EPOCH || closed)) {
            throw new IllegalStateException("tensor of arena '" + name + "' on " + device.name() + " used after the arena was "
                    + (closed ? "closed" : "reset"));
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("arena '" + name + "' on " + device.name() + " is closed");
        }
    }

    private MemorySegment take(long bytes) {
        requireOpen();
        long rounded = Math.max(ALIGNMENT, bytes + ALIGNMENT - 1 & -ALIGNMENT);
        while (current < blocks.size() && used + rounded > sizes.get(current)) {
            current++;
            used = 0;
        }
        if (current == blocks.size()) {
            grow(Math.max(rounded, blockBytes));
        }
        var segment = blocks.get(current).segment();
        long offset = used;
        used += rounded;
        return segment.byteSize() == 0
                ? MemorySegment.ofAddress(segment.address() + offset)
                : segment.asSlice(offset, bytes);
    }

    private void grow(long bytes) {
        Device.Block block;
        try {
            block = device.allocate(bytes);
        } catch (OutOfMemoryException e) {
            throw new OutOfMemoryException("arena '" + name + "' (" + Sizes.bytes(reservedBytes()) + " so far): " + e.getMessage(), e);
        }
        blocks.add(block);
        sizes.add(bytes);
        device.ledger().add(name, bytes);
    }
}
