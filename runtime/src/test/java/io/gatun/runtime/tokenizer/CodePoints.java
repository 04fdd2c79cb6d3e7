package io.gatun.runtime.tokenizer;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The characters of Unicode 7.0 (those that Perl's {@code \p{Present_In: 7.0}} matches, without the private-use ones). The libraries inside
 * the original go by versions of Unicode from 7 to 17 and a JDK by its own, so that newer characters have no one right treatment to hold
 * ours to.
 */
final class CodePoints {
    static final int[] ALL = read();

    private CodePoints() {}

    /** All but the many ideographs and Hangul syllables that are alike; of those every 16th. */
    static IntStream representative() {
        return Arrays.stream(ALL).filter(c -> c % 16 == 0 || !Character.isIdeographic(c) && (c < 0xAC00 || c > 0xD7A3));
    }

    private static int[] read() {
        return TokenizerFile.lines("unicode-7").stream().map(line -> line.split("-")).flatMapToInt(
                range -> IntStream.rangeClosed(Integer.parseInt(range[0], 16), Integer.parseInt(range[1], 16))).toArray();
    }
}
