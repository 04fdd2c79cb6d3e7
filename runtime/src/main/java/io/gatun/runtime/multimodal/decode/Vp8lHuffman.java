package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.MediaException;
import java.util.Arrays;

/** A prefix code of a lossless WebP, of at most 15 bits; a single symbol takes none. */
final class Vp8lHuffman {
    private static final int LONGEST = 15;
    private static final int FAST_BITS = 8;
    private static final int[] LENGTH_ORDER = {17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

    private final int[] first = new int[LONGEST + 2];
    private final int[] index = new int[LONGEST + 2];
    private final short[] symbols;
    /** By the next bits: the symbol and, in the upper half, the length of its code; 0 for a longer one. */
    private final int[] fast;
    private final int fastBits;
    private final int single;

    /** The code with those lengths of its symbols' codes, 0 for one that is not used. */
    Vp8lHuffman(int[] lengths) {
        var counts = new int[LONGEST + 2];
        for (int length : lengths) {
            counts[length]++;
        }
        int used = lengths.length - counts[0];
        counts[0] = 0;
        symbols = new short[used];
        int longest = 1;
        int code = 0;
        int at = 0;
        for (int length = 1; length <= LONGEST; length++) {
            first[length] = code;
            index[length] = at;
            longest = counts[length] > 0 ? length : longest;
            at += counts[length];
            code = code + counts[length] << 1;
        }
        if (used == 0 || used > 1 && code != 1 << LONGEST + 1) {
            throw new MediaException("the WebP picture is broken: a code of " + used + " symbols leaves bits without a meaning, or has too many for them");
        }
        index[LONGEST + 1] = used;
        var next = Arrays.copyOf(index, index.length);
        for (int symbol = 0; symbol < lengths.length; symbol++) {
            if (lengths[symbol] > 0) {
                symbols[next[lengths[symbol]]++] = (short) symbol;
            }
        }
        single = used == 1 ? symbols[0] : -1;
        fastBits = Math.min(longest, FAST_BITS);
        fast = new int[used == 1 ? 0 : 1 << fastBits];
        fillFast();
    }

    private void fillFast() {
        for (int length = 1; length <= fastBits && fast.length > 0; length++) {
            for (int i = index[length]; i < index[length + 1]; i++) {
                int reversed = Integer.reverse(first[length] + i - index[length]) >>> 32 - length;
                for (int entry = reversed; entry < fast.length; entry += 1 << length) {
                    fast[entry] = length << 16 | symbols[i];
                }
            }
        }
    }

    /** Reads a code, of an alphabet of {@code size} symbols. */
    static Vp8lHuffman read(Vp8lBits bits, int size) {
        var lengths = new int[size];
        if (bits.flag()) {
            boolean two = bits.flag();
            set(lengths, bits.take(bits.flag() ? 8 : 1));
            if (two) {
                set(lengths, bits.take(8));
            }
        } else {
            readLengths(bits, lengths);
        }
        return new Vp8lHuffman(lengths);
    }

    private static void set(int[] lengths, int symbol) {
        if (symbol >= lengths.length) {
            throw new MediaException("the WebP picture is broken: symbol " + symbol + " of an alphabet of " + lengths.length);
        }
        lengths[symbol] = 1;
    }

    private static void readLengths(Vp8lBits bits, int[] lengths) {
        var lengthLengths = new int[LENGTH_ORDER.length];
        int count = 4 + bits.take(4);
        for (int i = 0; i < count; i++) {
            lengthLengths[LENGTH_ORDER[i]] = bits.take(3);
        }
        var code = new Vp8lHuffman(lengthLengths);
        int left = lengths.length;
        if (bits.flag()) {
            int size = 2 + 2 * bits.take(3);
            left = 2 + bits.take(size);
        }
        int previous = 8;
        int symbol = 0;
        while (symbol < lengths.length && left-- > 0) {
            bits.fill();
            int length = code.decode(bits);
            if (length < 16) {
                lengths[symbol++] = length;
                previous = length != 0 ? length : previous;
                continue;
            }
            int repeat = length == 16 ? 3 + bits.take(2) : length == 17 ? 3 + bits.take(3) : 11 + bits.take(7);
            if (repeat > lengths.length - symbol) {
                throw new MediaException("the WebP picture is broken: a code has more lengths than the " + lengths.length + " symbols of its alphabet");
            }
            Arrays.fill(lengths, symbol, symbol + repeat, length == 16 ? previous : 0);
            symbol += repeat;
        }
    }

    /** The next symbol, of at most 15 bits, which must be there. */
    int decode(Vp8lBits bits) {
        if (single >= 0) {
            return single;
        }
        int entry = fast[bits.peek(fastBits)];
        if (entry != 0) {
            bits.skip(entry >> 16);
            return entry & 0xffff;
        }
        int next = bits.peek(LONGEST);
        int code = 0;
        for (int length = 1; length <= LONGEST; length++, next >>= 1) {
            code = code << 1 | next & 1;
            int place = code - first[length] + index[length];
            if (place < index[length + 1]) {
                bits.skip(length);
                return symbols[place];
            }
        }
        throw new MediaException("the WebP picture is broken: its data holds a code that no symbol has");
    }
}
