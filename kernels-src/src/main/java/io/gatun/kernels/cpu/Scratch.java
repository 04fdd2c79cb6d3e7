package io.gatun.kernels.cpu;

/** Float arrays that operations reuse: one for each thread and one that threads share. They grow as needed and keep no contents. */
final class Scratch {
    private final float[][] own;
    private float[] shared = {};

    Scratch(int threads) {
        own = new float[threads][0];
    }

    /** At least {@code size} floats for thread {@code thread} alone. */
    float[] own(int thread, int size) {
        if (own[thread].length < size) {
            own[thread] = grown(size);
        }
        return own[thread];
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
