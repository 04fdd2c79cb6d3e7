package io.gatun.runtime.tokenizer;

import java.util.function.UnaryOperator;

/**
 * A stretch of text on its way to the model.
 *
 * @param text   the characters as normalized so far
 * @param origin how many leading chars stand for the first character of the original text: Metaspace's "first" asks for it
 */
record Piece(String text, int origin) {

    /** The whole of {@code text}, standing at the start of the original. */
    static Piece whole(String text) {
        return new Piece(text, text.isEmpty() ? 0 : Character.charCount(text.codePointAt(0)));
    }

    boolean atStart() {
        return origin > 0;
    }

    Piece slice(int start, int end) {
        if (start == 0 && end == text.length()) {
            return this;
        }
        return new Piece(text.substring(start, end), Math.clamp(origin - start, 0, end - start));
    }

    Piece prepend(String prefix) {
        return new Piece(prefix + text, atStart() ? prefix.length() + origin : 0);
    }

    /** Applies a mapping that works character by character or by combining sequence. */
    Piece map(UnaryOperator<String> mapping) {
        return new Piece(mapping.apply(text), atStart() ? mapping.apply(text.substring(0, origin)).length() : 0);
    }
}
