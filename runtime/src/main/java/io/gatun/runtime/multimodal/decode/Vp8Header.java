package io.gatun.runtime.multimodal.decode;

/** What the first part of a VP8 frame says about all of its blocks. */
final class Vp8Header {
    private static final int SEGMENTS = 4;
    private static final int UNLIKELY = 255;

    boolean segmented;
    boolean segmentMap;
    private boolean absolute;
    private final int[] segmentQuantizer = new int[SEGMENTS];
    private final int[] segmentLevel = new int[SEGMENTS];
    final int[] segmentTree = {UNLIKELY, UNLIKELY, UNLIKELY};
    final boolean simpleFilter;
    final int filterLevel;
    final int sharpness;
    private final boolean adjusted;
    private int frameAdjustment;
    private int modeAdjustment;
    final int partitions;
    /** Steps for each segment: first coefficient and others of luma, of luma's first coefficients, of chroma. */
    final int[][] steps = new int[SEGMENTS][6];
    final int[] coefficients = Vp8Tables.COEFFICIENTS.clone();
    final boolean mayBeEmpty;
    final int emptyProbability;

    /** Reads it. */
    Vp8Header(Vp8Bits bits) {
        bits.number(2);
        segmented = bits.flag();
        if (segmented) {
            segments(bits);
        }
        simpleFilter = bits.flag();
        filterLevel = bits.number(6);
        sharpness = bits.number(3);
        adjusted = bits.flag();
        if (adjusted && bits.flag()) {
            int[] adjustments = new int[8];
            for (int i = 0; i < adjustments.length; i++) {
                adjustments[i] = bits.optional(6);
            }
            frameAdjustment = adjustments[0];
            modeAdjustment = adjustments[4];
        }
        partitions = 1 << bits.number(2);
        quantizers(bits);
        bits.flag();
        for (int i = 0; i < coefficients.length; i++) {
            if (bits.bit(Vp8Tables.UPDATES[i])) {
                coefficients[i] = bits.number(8);
            }
        }
        mayBeEmpty = bits.flag();
        emptyProbability = mayBeEmpty ? bits.number(8) : 0;
    }

    private void segments(Vp8Bits bits) {
        segmentMap = bits.flag();
        if (bits.flag()) {
            absolute = bits.flag();
            for (int i = 0; i < SEGMENTS; i++) {
                segmentQuantizer[i] = bits.optional(7);
            }
            for (int i = 0; i < SEGMENTS; i++) {
                segmentLevel[i] = bits.optional(6);
            }
        }
        if (segmentMap) {
            for (int i = 0; i < segmentTree.length; i++) {
                segmentTree[i] = bits.flag() ? bits.number(8) : UNLIKELY;
            }
        }
    }

    private void quantizers(Vp8Bits bits) {
        int base = bits.number(7);
        int[] change = new int[5];
        for (int i = 0; i < change.length; i++) {
            change[i] = bits.optional(4);
        }
        for (int i = 0; i < SEGMENTS; i++) {
            int q = !segmented ? base : absolute ? segmentQuantizer[i] : base + segmentQuantizer[i];
            steps[i] = new int[]{step(Vp8Tables.DC, q + change[0], 127), step(Vp8Tables.AC, q, 127), 2 * step(Vp8Tables.DC, q + change[1], 127),
                Math.max(step(Vp8Tables.AC, q + change[2], 127) * 155 / 100, 8), step(Vp8Tables.DC, q + change[3], 117), step(Vp8Tables.AC, q + change[4],
                        127)};
        }
    }

    private static int step(int[] table, int quantizer, int most) {
        return table[Math.clamp(quantizer, 0, most)];
    }

    /** How strongly edges of a block are smoothed, from 0 to 63. */
    int level(int segment, boolean small) {
        int level = !segmented ? filterLevel : absolute ? segmentLevel[segment] : filterLevel + segmentLevel[segment];
        if (adjusted) {
            level += frameAdjustment + (small ? modeAdjustment : 0);
        }
        return Math.clamp(level, 0, 63);
    }
}
