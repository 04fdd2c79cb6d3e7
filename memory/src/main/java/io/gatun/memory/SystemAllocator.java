package io.gatun.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The C library's allocator. Java's own arenas zero what they allocate, which for a cache of gigabytes takes seconds and touches memory that may never be
 * used.
 */
final class SystemAllocator {
    private static final MethodHandle ALIGNED_ALLOC = handle("aligned_alloc", FunctionDescriptor.of(ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle FREE = handle("free", FunctionDescriptor.ofVoid(ADDRESS));

    private SystemAllocator() {
    }

    /** Memory with undefined contents, or the null pointer; {@code bytes} is a multiple of {@code alignment}. */
    static MemorySegment allocate(long alignment, long bytes) {
        try {
            return (MemorySegment) ALIGNED_ALLOC.invokeExact(alignment, bytes);
        } catch (Throwable e) {
            throw new AssertionError("aligned_alloc does not throw", e);
        }
    }

    static void free(MemorySegment memory) {
        try {
            FREE.invokeExact(memory);
        } catch (Throwable e) {
            throw new AssertionError("free does not throw", e);
        }
    }

    private static MethodHandle handle(String name, FunctionDescriptor type) {
        var linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(() -> new UnsatisfiedLinkError(name)), type);
    }
}
