package io.gatun.runtime.multimodal.decode;

/** VP8's arithmetic decoder of bits with known probabilities. */
final class Vp8Bits {
    /** Bytes behind the end that an encoder may rely on to be zero. */
    private static final int SLACK = 16;

    private final byte[] bytes;
    private final int end;
    private int at;
    private long value;
    /** Bits of {@link #value} below the eight that are compared next. */
    private int count = -8;
    private int range = 255;
    private int missing;

    /** Bits of the bytes from {@code from} up to {@code end}. */
    Vp8Bits(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    /** A bit that is 0 with a probability of {@code zero / 256}. */
    boolean bit(int zero) {
        if (count < 0) {
            fill();
        }
        int split = 1 + ((range - 1) * zero >> 8);
        long edge = (long) split << count;
        boolean one = value >= edge;
        if (one) {
            value -= edge;
            range -= split;
        } else {
            range = split;
        }
        int shift = Integer.numberOfLeadingZeros(range) - 24;
        range <<= shift;
        count -= shift;
        return one;
    }

    private void fill() {
        while (count <= 40) {
            if (at < end) {
                value = value << 8 | bytes[at++] & 0xff;
            } else {
                value <<= 8;
                missing += 8;
            }
            count += 8;
        }
    }

    boolean flag() {
        return bit(128);
    }

    /** A number, its highest bit first. */
    int number(int bits) {
        int out = 0;
        for (int i = 0; i < bits; i++) {
            out = out << 1 | (flag() ? 1 : 0);
        }
        return out;
    }

    /** A number and its sign. */
    int signed(int bits) {
        int out = number(bits);
        return flag() ? -out : out;
    }

    /** The same, if a flag says that it is there; else 0. */
    int optional(int bits) {
        return flag() ? signed(bits) : 0;
    }

    /** Requires that the bits taken were there. */
    void check() {
        if (missing > count + SLACK) {
            throw ByteReader.truncated(bytes);
        }
    }
}
