package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.MediaException;

/** Bits of a JPEG scan. A scan that needs more than it has is an error, where libjpeg goes on in grey. */
final class JpegBits {
    private final byte[] bytes;
    private int at;
    private long buffer;
    private int count;
    /** Bits of zeros in the buffer that stand for what comes after the end, or after a marker. */
    private int missing;

    JpegBits(byte[] bytes, int at) {
        this.bytes = bytes;
        this.at = at;
    }

    /** Makes sure that there are at least 32 bits. */
    void fill() {
        if (count < 32) {
            refill();
        }
    }

    private void refill() {
        while (count <= 56) {
            buffer = buffer << 8 | next();
            count += 8;
        }
    }

    private int next() {
        if (at < bytes.length && bytes[at] != (byte) 0xff) {
            return bytes[at++] & 0xff;
        }
        if (at + 1 < bytes.length && bytes[at + 1] == 0) {
            at += 2;
            return 0xff;
        }
        missing += 8;
        return 0;
    }

    /** The next bits without taking them; at most 32 after {@link #fill}. */
    int peek(int bits) {
        return (int) (buffer >>> count - bits) & (1 << bits) - 1;
    }

    void skip(int bits) {
        count -= bits;
    }

    int take(int bits) {
        count -= bits;
        return (int) (buffer >>> count) & (1 << bits) - 1;
    }

    /** A number of {@code bits} bits, negative if it begins with 0. */
    int signed(int bits) {
        int value = take(bits);
        return value < 1 << bits - 1 ? value - (1 << bits) + 1 : value;
    }

    /** Requires that all bits taken were there. */
    void check() {
        if (missing > count) {
            throw new MediaException("the JPEG picture is truncated: its data ends before its last block");
        }
    }

    /** Forgets what is left before a restart marker, and goes behind it. */
    void restart() {
        check();
        count = 0;
        buffer = 0;
        missing = 0;
        int marker = nextMarker(bytes, at);
        if (marker + 1 < bytes.length && (bytes[marker + 1] & 0xf8) == 0xd0) {
            at = marker + 2;
        }
    }

    /** Where the next marker begins. */
    int marker() {
        check();
        int marker = nextMarker(bytes, at);
        while (marker + 1 < bytes.length && (bytes[marker + 1] & 0xf8) == 0xd0) {
            marker = nextMarker(bytes, marker + 2);
        }
        return marker;
    }

    private static int nextMarker(byte[] bytes, int from) {
        int at = from;
        while (at + 1 < bytes.length && (bytes[at] != (byte) 0xff || bytes[at + 1] == 0 || bytes[at + 1] == (byte) 0xff)) {
            at++;
        }
        return at;
    }
}
