package io.gatun.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The machine's own memory. */
public final class CpuDevice implements Device {
    private static final long ALIGNMENT = 256;

    private final MemoryLedger ledger = new MemoryLedger();

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public long freeBytes() {
        return HostMemory.freeBytes();
    }

    @Override
    public long totalBytes() {
        return HostMemory.totalBytes();
    }

    @Override
    public MemoryLedger ledger() {
        return ledger;
    }

    @Override
    public void copyIn(MemorySegment source, Tensor target) {
        target.requireContiguous();
        MemorySegment.copy(source, 0, target.segment(), 0, target.bytes());
    }

    @Override
    public void copyOut(Tensor source, MemorySegment target) {
        source.requireContiguous();
        MemorySegment.copy(source.segment(), 0, target, 0, source.bytes());
    }

    @Override
    public void synchronize() {
    }

    @Override
    public Block allocate(long bytes) {
        var memory = bytes > totalBytes() ? MemorySegment.NULL : SystemAllocator.allocate(ALIGNMENT, (bytes + ALIGNMENT - 1) & -ALIGNMENT);
        if (memory.address() == 0) {
            throw new OutOfMemoryException("asked for " + Sizes.bytes(bytes) + ", the machine has " + Sizes.bytes(freeBytes()) + " free of "
                    + Sizes.bytes(totalBytes()));
        }
        var arena = Arena.ofShared();
        return new HostBlock(arena, memory.reinterpret(bytes, arena, SystemAllocator::free));
    }

    @Override
    public void close() {
    }

    private record HostBlock(Arena arena, MemorySegment segment) implements Block {
        @Override
        public void close() {
            arena.close();
        }
    }
}
