package io.gatun.runtime.tokenizer;

/** The character classes of the Rust standard library and its regex crate, which several tokenizer components are defined by. */
final class Unicode {
    private static final int MARKS =
            1 << Character.NON_SPACING_MARK | 1 << Character.ENCLOSING_MARK | 1 << Character.COMBINING_SPACING_MARK;
    private static final int NUMBERS = 1 << Character.DECIMAL_DIGIT_NUMBER | 1 << Character.LETTER_NUMBER | 1 << Character.OTHER_NUMBER;
    private static final int PUNCTUATION = 1 << Character.CONNECTOR_PUNCTUATION | 1 << Character.DASH_PUNCTUATION
            | 1 << Character.START_PUNCTUATION | 1 << Character.END_PUNCTUATION | 1 << Character.INITIAL_QUOTE_PUNCTUATION
            | 1 << Character.FINAL_QUOTE_PUNCTUATION | 1 << Character.OTHER_PUNCTUATION;
    private static final int SPACES = 1 << Character.SPACE_SEPARATOR | 1 << Character.LINE_SEPARATOR | 1 << Character.PARAGRAPH_SEPARATOR;
    private static final int WORD_TYPES = MARKS | 1 << Character.DECIMAL_DIGIT_NUMBER | 1 << Character.CONNECTOR_PUNCTUATION;

    private Unicode() {}

    /** The property White_Space; {@link Character#isWhitespace} leaves out the no-break spaces. */
    static boolean isWhitespace(int c) {
        return c >= '\t' && c <= '\r' || c == 0x85 || isOfType(c, SPACES);
    }

    /** {@code \w} of the regex crate, which counts the zero-width joiners in. */
    static boolean isWord(int c) {
        return Character.isAlphabetic(c) || isOfType(c, WORD_TYPES) || c == 0x200C || c == 0x200D;
    }

    static boolean isNumeric(int c) {
        return isOfType(c, NUMBERS);
    }

    static boolean isMark(int c) {
        return isOfType(c, MARKS);
    }

    /** Unicode punctuation and the ASCII symbols. */
    static boolean isPunctuation(int c) {
        return c < 0x80 ? c > ' ' && c < 0x7F && !Character.isLetterOrDigit(c) : isOfType(c, PUNCTUATION);
    }

    /** Lower case of one character without looking at its neighbours: only U+0130 becomes two characters. */
    static String toLowerCase(String text) {
        var out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            out.appendCodePoint(Character.toLowerCase(c));
            if (c == 0x130) {
                out.append('\u0307');
            }
        });
        return out.toString();
    }

    /** Puts U+FFFD in place of surrogates without their other half, which no UTF-8 can hold. */
    static String wellFormed(String text) {
        if (text.codePoints().noneMatch(Unicode::isSurrogate)) {
            return text;
        }
        return text.codePoints().map(c -> isSurrogate(c) ? 0xFFFD : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }

    static boolean isSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    private static boolean isOfType(int c, int types) {
        return (1 << Character.getType(c) & types) != 0;
    }
}
