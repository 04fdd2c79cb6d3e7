package io.gatun.kernels.cuda;

/**
 * How {@code attention_decode.cu} divides a batch.
 *
 * @param splits of the longest request, at most
 * @param splitSize positions of a split, at least
 */
record DecodePlan(AttentionVariant attention, int batch, int kvHeads, int splits, int splitSize) {
    private static final int MAX_HEADS = 16;
    private static final int MIN_SPLIT = 64;
    private static final int BLOCKS_PER_MULTIPROCESSOR = 2;

    /** As many splits as give every multiprocessor {@value #BLOCKS_PER_MULTIPROCESSOR} blocks, none of them shorter than {@value #MIN_SPLIT} positions. */
    static DecodePlan choose(AttentionVariant attention, int batch, int kvHeads, int maxKvLen, int multiprocessors) {
        var whole = new DecodePlan(attention, batch, kvHeads, 1, MIN_SPLIT);
        int wanted = Math.ceilDiv(BLOCKS_PER_MULTIPROCESSOR * multiprocessors, Math.max(1, whole.pairs()));
        return new DecodePlan(attention, batch, kvHeads, Math.clamp(wanted, 1, Math.max(1, Math.ceilDiv(maxKvLen, MIN_SPLIT))), MIN_SPLIT);
    }

    /** Query heads of a block, at most. */
    int heads() {
        return Math.min(attention.group(), MAX_HEADS);
    }

    /** Blocks that a request and its key heads take for one split. */
    int gridY() {
        return kvHeads * Math.ceilDiv(attention.group(), MAX_HEADS);
    }

    /** What is split: requests times their groups of heads. */
    int pairs() {
        return batch * gridY();
    }

    int sharedBytes() {
        return (attention.decodeWarps() * 64 + 16) * attention.sharedRowBytes();
    }

    /** Floats of all partial outputs. */
    long partialOutputs() {
        return (long) pairs() * splits * heads() * attention.headDim();
    }

    /** Floats of all partial logarithms of sums. */
    long partialSums() {
        return (long) pairs() * splits * heads();
    }
}
