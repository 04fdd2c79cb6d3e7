package io.gatun.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;

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
        return operatingSystem().getFreeMemorySize();
    }

    @Override
    public long totalBytes() {
        return operatingSystem().getTotalMemorySize();
    }

    @Override
    public MemoryLedger ledger() {
        return ledger;
    }

    @Override
    public void copyIn(MemorySegment source, Tensor target) {
        MemorySegment.copy(source, 0, target.segment(), 0, target.bytes());
    }

    @Override
    public void copyOut(Tensor source, MemorySegment target) {
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

    private static com.sun.management.OperatingSystemMXBean operatingSystem() {
        return (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    }

    private record HostBlock(Arena arena, MemorySegment segment) implements Block {
        @Override
        public void close() {
            arena.close();
        }
    }
}
