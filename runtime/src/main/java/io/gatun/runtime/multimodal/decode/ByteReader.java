package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.MediaException;

/** Reads numbers from bytes; their end is an error that says so. */
final class ByteReader {
    final byte[] bytes;
    int at;

    ByteReader(byte[] bytes, int at) {
        this.bytes = bytes;
        this.at = at;
    }

    /** The error of bytes that end too early. */
    static MediaException truncated(byte[] bytes) {
        return new MediaException("the picture is truncated: it needs more than its " + bytes.length + " bytes");
    }

    int u8() {
        require(1);
        return bytes[at++] & 0xff;
    }

    int u16be() {
        return u8() << 8 | u8();
    }

    int u16le() {
        return u8() | u8() << 8;
    }

    int u24le() {
        return u16le() | u8() << 16;
    }

    int i32be() {
        return u16be() << 16 | u16be();
    }

    int i32le() {
        return u16le() | u16le() << 16;
    }

    /** Requires that many bytes from here on. */
    void require(int count) {
        if (count < 0 || count > bytes.length - at) {
            throw truncated(bytes);
        }
    }

    void skip(int count) {
        require(count);
        at += count;
    }

    int left() {
        return bytes.length - at;
    }

    /** Whether the bytes from {@code at} on are those of {@code text}, one a character. */
    static boolean matches(byte[] bytes, int at, String text) {
        if (at < 0 || text.length() > bytes.length - at) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if ((bytes[at + i] & 0xff) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
