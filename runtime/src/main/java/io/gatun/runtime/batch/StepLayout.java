package io.gatun.runtime.batch;

/**
 * Where the integers of a step lie in its block. It depends on these sizes alone, so that steps of equal sizes find their inputs at equal addresses, as
 * a captured graph needs.
 *
 * @param tokens T, new tokens of all requests
 * @param size B, requests
 * @param axes positions of a token: 1, or 3
 * @param media whether tokens may be a picture's
 */
record StepLayout(int tokens, int size, int axes, boolean media) {
    /** 256 bytes, so that each part of the block is aligned like a tensor of its own. */
    private static final int ALIGNMENT = 64;

    int ids() {
        return 0;
    }

    int positions() {
        return aligned(tokens);
    }

    int slots() {
        return positions() + aligned(axes * tokens);
    }

    int indptr() {
        return slots() + aligned(tokens);
    }

    int kvLens() {
        return indptr() + aligned(size + 1);
    }

    int rows() {
        return kvLens() + aligned(size);
    }

    int lastRows() {
        return rows() + aligned(size);
    }

    int mediaRows() {
        return lastRows() + aligned(size);
    }

    int blockEnds() {
        return mediaRows() + (media ? aligned(tokens) : 0);
    }

    /** How many integers there are with what lies between them. */
    int end() {
        return blockEnds() + (media ? aligned(tokens) : 0);
    }

    static int aligned(int count) {
        return Math.addExact(count, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
