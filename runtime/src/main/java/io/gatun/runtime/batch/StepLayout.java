package io.gatun.runtime.batch;

/**
 * Where the integers of a step lie in its block. It depends on these sizes alone, so that steps of equal sizes find their inputs at equal addresses, as
 * a captured graph needs.
 *
 * @param tokens T, new tokens of all requests
 * @param size B, requests
 */
record StepLayout(int tokens, int size) {
    /** 256 bytes, so that each part of the block is aligned like a tensor of its own. */
    private static final int ALIGNMENT = 64;

    int ids() {
        return 0;
    }

    int positions() {
        return aligned(tokens);
    }

    int slots() {
        return 2 * aligned(tokens);
    }

    int indptr() {
        return 3 * aligned(tokens);
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

    /** How many integers there are with what lies between them. */
    int end() {
        return lastRows() + aligned(size);
    }

    static int aligned(int count) {
        return Math.addExact(count, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
