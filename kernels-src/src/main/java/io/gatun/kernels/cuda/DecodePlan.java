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
    /** Blocks that a multiprocessor holds at once. */
    private static final int RESIDENT = 3;
    /** More would read no faster, and merging them takes longer. */
    private static final int ENOUGH = 2;
    private static final double WELL_FILLED = 0.85;

    /**
     * Two blocks for every multiprocessor if that many splits are worth their while; where there are more blocks than run at once anyway, as few
     * splits as keep the last wave of them from running on a near-empty device.
     *
     * @param maxKvLen the most positions that a token sees
     */
    static DecodePlan choose(AttentionVariant attention, int batch, int kvHeads, int maxKvLen, int multiprocessors) {
        int pairs = Math.max(1, new DecodePlan(attention, batch, kvHeads, 1, MIN_SPLIT).pairs());
        int wave = RESIDENT * multiprocessors;
        int splits = pairs <= wave ? Math.max(1, ENOUGH * multiprocessors / pairs) : 1;
        while (pairs > wave && waveEfficiency(splits * pairs, wave) < WELL_FILLED) {
            splits++;
        }
        return new DecodePlan(attention, batch, kvHeads, Math.clamp(splits, 1, Math.max(1, Math.ceilDiv(maxKvLen, MIN_SPLIT))), MIN_SPLIT);
    }

    /** The same splits of a request whatever else is in the batch, so that its bits are the same too. */
    static DecodePlan fixedSplits(AttentionVariant attention, int batch, int kvHeads, int maxKvLen, int splitSize) {
        return new DecodePlan(attention, batch, kvHeads, Math.max(1, Math.ceilDiv(maxKvLen, splitSize)), splitSize);
    }

    /** Query heads of a block, at most. */
    int heads() {
        return Math.min(attention.group(), MAX_HEADS);
    }

    /** Blocks that the heads of a request take for one split. */
    int gridY() {
        return kvHeads * Math.ceilDiv(attention.group(), MAX_HEADS);
    }

    /** What is split: requests times their groups of heads. */
    int pairs() {
        return batch * gridY();
    }

    int sharedBytes() {
        return (attention.decodeWarps() * 32 + 16) * attention.sharedKeyBytes() + attention.decodeWarps() * 32 * attention.sharedValueBytes();
    }

    /** Floats of all partial outputs. */
    long partialOutputs() {
        return partialSums() * attention.valueDim();
    }

    /** Floats of all partial logarithms of sums; what is not split has none. */
    long partialSums() {
        return splits == 1 ? 0 : (long) pairs() * splits * heads();
    }

    private static double waveEfficiency(int blocks, int wave) {
        return (double) blocks / (Math.ceilDiv(blocks, wave) * wave);
    }
}
