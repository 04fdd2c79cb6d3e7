package io.gatun.runtime.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** GPT-2's alphabet: every byte as one printable character, so that a token of any bytes can be written as text. */
final class ByteLevel {
    private static final char[] CHAR_OF_BYTE = new char[256];
    private static final short[] BYTE_OF_CHAR = new short[256 + 68];

    static {
        Arrays.fill(BYTE_OF_CHAR, (short) -1);
        int next = 256;
        for (int b = 0; b < 256; b++) {
            boolean printable = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
            CHAR_OF_BYTE[b] = (char) (printable ? b : next++);
            BYTE_OF_CHAR[CHAR_OF_BYTE[b]] = (short) b;
        }
    }

    private ByteLevel() {}

    /** The UTF-8 bytes of {@code text}, one character each. */
    static String encode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        char[] chars = new char[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            chars[i] = CHAR_OF_BYTE[bytes[i] & 0xFF];
        }
        return new String(chars);
    }

    /** The bytes that {@code token} stands for; a token with any character outside the alphabet stands for its own UTF-8. */
    static byte[] decode(String token) {
        return bytesOf(token).orElseGet(() -> token.getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<byte[]> bytesOf(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            char c = token.charAt(i);
            if (c >= BYTE_OF_CHAR.length || BYTE_OF_CHAR[c] < 0) {
                return Optional.empty();
            }
            bytes[i] = (byte) BYTE_OF_CHAR[c];
        }
        return Optional.of(bytes);
    }
}
