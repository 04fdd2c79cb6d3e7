package io.gatun.runtime.tokenizer;

/**
 * UTF-8 to text, byte by byte. Every maximal part of an ill-formed sequence becomes one U+FFFD (Unicode 3.9, best practice); the JDK's own
 * decoders count the bytes of an encoded surrogate differently.
 */
final class Utf8Decoder {
    private final StringBuilder out;
    private int codePoint;
    private int missing;
    private int lowest = 0x80;
    private int highest = 0xBF;

    Utf8Decoder(StringBuilder out) {
        this.out = out;
    }

    void push(byte signed) {
        int b = signed & 0xFF;
        if (missing > 0 && b >= lowest && b <= highest) {
            codePoint = codePoint << 6 | b & 0x3F;
            lowest = 0x80;
            highest = 0xBF;
            if (--missing == 0) {
                out.appendCodePoint(codePoint);
            }
            return;
        }
        flush();
        if (b < 0x80) {
            out.append((char) b);
        } else if (b >= 0xC2 && b <= 0xDF) {
            begin(b & 0x1F, 1, 0x80, 0xBF);
        } else if (b >= 0xE0 && b <= 0xEF) {
            begin(b & 0x0F, 2, b == 0xE0 ? 0xA0 : 0x80, b == 0xED ? 0x9F : 0xBF);
        } else if (b >= 0xF0 && b <= 0xF4) {
            begin(b & 0x07, 3, b == 0xF0 ? 0x90 : 0x80, b == 0xF4 ? 0x8F : 0xBF);
        } else {
            out.append('\uFFFD');
        }
    }

    /** Ends the text here: a sequence still waiting for bytes becomes one U+FFFD. */
    void flush() {
        if (missing > 0) {
            missing = 0;
            out.append('\uFFFD');
        }
    }

    private void begin(int bits, int continuation, int lowestNext, int highestNext) {
        codePoint = bits;
        missing = continuation;
        lowest = lowestNext;
        highest = highestNext;
    }
}
