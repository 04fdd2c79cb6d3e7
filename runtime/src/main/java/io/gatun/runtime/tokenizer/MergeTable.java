package io.gatun.runtime.tokenizer;

import java.util.Arrays;

/** Which pairs of tokens merge, in which rank and into what: an open-addressed table from a pair of ids to the merge's rank. */
final class MergeTable {
    private static final long EMPTY = -1;

    private final long[] pairs;
    private final int[] ranks;
    private final int[] mergedIds;
    private final int shift;

    MergeTable(int merges) {
        int bits = Math.max(4, 33 - Integer.numberOfLeadingZeros(merges));
        pairs = new long[1 << bits];
        Arrays.fill(pairs, EMPTY);
        ranks = new int[1 << bits];
        mergedIds = new int[merges];
        shift = 64 - bits;
    }

    /** A pair given again takes its later rank. */
    void put(int left, int right, int rank, int mergedId) {
        long pair = pair(left, right);
        int slot = slot(pair);
        while (pairs[slot] != EMPTY && pairs[slot] != pair) {
            slot = slot + 1 & pairs.length - 1;
        }
        pairs[slot] = pair;
        ranks[slot] = rank;
        mergedIds[rank] = mergedId;
    }

    /** The rank of merging {@code left} and {@code right}, −1 where they do not merge. */
    int rank(int left, int right) {
        long pair = pair(left, right);
        for (int slot = slot(pair); pairs[slot] != EMPTY; slot = slot + 1 & pairs.length - 1) {
            if (pairs[slot] == pair) {
                return ranks[slot];
            }
        }
        return -1;
    }

    int mergedId(int rank) {
        return mergedIds[rank];
    }

    private int slot(long pair) {
        return (int) (pair * 0x9E3779B97F4A7C15L >>> shift);
    }

    private static long pair(int left, int right) {
        return (long) left << 32 | right;
    }
}
