package io.gatun.runtime.multimodal.decode;

/** Bits of a lossless WebP, the lowest of each byte first. */
final class Vp8lBits {
    private final byte[] bytes;
    private final int end;
    private int at;
    private long buffer;
    private int count;
    private int missing;

    Vp8lBits(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    /** Makes sure that there are at least 32 bits; those behind the end are 0. */
    void fill() {
        if (count < 32) {
            refill();
        }
    }

    private void refill() {
        while (count <= 48) {
            if (at < end) {
                buffer |= (bytes[at++] & 0xffL) << count;
            } else {
                missing += 8;
            }
            count += 8;
        }
        if (missing > count) {
            throw ByteReader.truncated(bytes);
        }
    }

    /** The next bits without taking them; at most 32 after {@link #fill}. */
    int peek(int bits) {
        return (int) buffer & (1 << bits) - 1;
    }

    void skip(int bits) {
        buffer >>>= bits;
        count -= bits;
    }

    /** A number of at most 24 bits. */
    int take(int bits) {
        fill();
        int out = peek(bits);
        skip(bits);
        return out;
    }

    boolean flag() {
        return take(1) != 0;
    }
}
