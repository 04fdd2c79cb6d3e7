package io.gatun.runtime.weights;

import io.gatun.memory.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The OCP microscaling format MXFP4: blocks of 32 numbers of a sign, two bits of exponent and one of mantissa, two in a byte with the earlier one in the
 * lower half, and for each block a byte s by which they are multiplied as 2^(s - 127).
 */
final class Mxfp4 {
    /** Numbers of a block. */
    static final int BLOCK = 32;
    /** Bytes of a block without its scale. */
    static final int BLOCK_BYTES = 16;

    private static final float[] MAGNITUDES = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
    private static final int EXPONENT_BIAS = 127;
    /** The bits of each of the 16 numbers as bfloat16, for each scale. */
    private static final short[] TABLE = table();

    private Mxfp4() {
    }

    /**
     * Writes the numbers as bfloat16, of which all but the very smallest are exact.
     *
     * @param blocks 16 bytes each
     * @param scales a byte each
     * @param target 64 bytes each
     */
    static void toBf16(MemorySegment blocks, MemorySegment scales, MemorySegment target) {
        for (long block = 0; block < scales.byteSize(); block++) {
            int row = Byte.toUnsignedInt(scales.get(ValueLayout.JAVA_BYTE, block)) * 16;
            for (long i = block * BLOCK_BYTES; i < (block + 1) * BLOCK_BYTES; i++) {
                int pair = blocks.get(ValueLayout.JAVA_BYTE, i);
                target.setAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * i, TABLE[row + (pair & 15)]);
                target.setAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * i + 1, TABLE[row + (pair >> 4 & 15)]);
            }
        }
    }

    private static short[] table() {
        short[] table = new short[256 * 16];
        for (int i = 0; i < table.length; i++) {
            float value = Math.scalb(MAGNITUDES[i & 7], i / 16 - EXPONENT_BIAS);
            table[i] = DType.floatToBf16((i & 8) == 0 ? value : -value);
        }
        return table;
    }
}
