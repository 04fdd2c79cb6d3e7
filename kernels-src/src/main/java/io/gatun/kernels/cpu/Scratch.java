package io.gatun.kernels.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Memory that operations reuse: some for each thread and an array that threads share. It grows as needed and keeps no contents. */
final class Scratch {
    private final float[][] own;
    private final MemorySegment[] panels;
    private float[] shared = {};

    Scratch(int threads) {
        own = new float[threads][0];
        panels = new MemorySegment[threads];
        Arrays.fill(panels, MemorySegment.NULL);
    }

    /** At least {@code size} floats for thread {@code thread} alone. */
    float[] own(int thread, int size) {
        if (own[thread].length < size) {
            own[thread] = grown(size);
        }
        return own[thread];
    }

    /**
     * At least {@code bytes} for thread {@code thread} alone, aligned to cache lines as arrays are not: a vector across two lines is read
     * twice.
     */
    MemorySegment panel(int thread, long bytes) {
        if (panels[thread].byteSize() < bytes) {
            panels[thread] = Arena.ofAuto().allocate(bytes, 64);
        }
        return panels[thread];
    }

    /** At least {@code size} floats, asked for by the caller before the threads start. */
    float[] shared(int size) {
        if (shared.length < size) {
            shared = grown(size);
        }
        return shared;
    }

    private static float[] grown(int size) {
        return new float[Math.max(1024, Math.addExact(size, size / 4))];
    }
}
