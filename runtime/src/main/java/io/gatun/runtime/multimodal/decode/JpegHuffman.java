package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.MediaException;

/** A table of Huffman codes of at most 16 bits, the shorter ones looked up at once. */
final class JpegHuffman {
    static final int FAST_BITS = 9;
    private static final int LONGEST = 16;

    /** For the next {@link #FAST_BITS} bits: length of the code in the upper byte, its symbol in the lower; 0 for a longer code. */
    private final short[] fast = new short[1 << FAST_BITS];
    private final int[] limit = new int[LONGEST + 2];
    private final int[] offset = new int[LONGEST + 1];
    private final byte[] symbols;

    /** A table of {@code counts[length - 1]} codes of each length, with their symbols in order. */
    JpegHuffman(int[] counts, byte[] symbols) {
        this.symbols = symbols;
        int code = 0;
        int index = 0;
        for (int length = 1; length <= LONGEST; length++) {
            offset[length] = index - code;
            for (int i = 0; i < counts[length - 1]; i++, code++, index++) {
                if (length <= FAST_BITS) {
                    int first = code << FAST_BITS - length;
                    for (int j = 0; j < 1 << FAST_BITS - length && first + j < fast.length; j++) {
                        fast[first + j] = (short) (length << 8 | symbols[index] & 0xff);
                    }
                }
            }
            if (code > 1 << length) {
                throw new MediaException("the JPEG picture is broken: a Huffman table has more codes of " + length + " bits than there are");
            }
            limit[length] = code << LONGEST - length;
            code <<= 1;
        }
        limit[LONGEST + 1] = Integer.MAX_VALUE;
    }

    /** The symbol of the next code, whose bits are taken. */
    int decode(JpegBits bits) {
        int entry = fast[bits.peek(FAST_BITS)];
        if (entry != 0) {
            bits.skip(entry >> 8);
            return entry & 0xff;
        }
        int next = bits.peek(LONGEST);
        int length = FAST_BITS + 1;
        while (next >= limit[length]) {
            length++;
        }
        if (length > LONGEST) {
            throw new MediaException("the JPEG picture is broken: its data holds a code that no table has");
        }
        bits.skip(length);
        return symbols[offset[length] + (next >> LONGEST - length)] & 0xff;
    }
}
