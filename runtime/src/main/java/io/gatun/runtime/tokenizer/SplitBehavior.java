package io.gatun.runtime.tokenizer;

import java.util.function.Consumer;

/** What becomes of the delimiters when a piece is split: {@code a--b} by {@code -} gives … */
enum SplitBehavior {
    /** {@code a b} */
    REMOVED("Removed"),
    /** {@code a - - b} */
    ISOLATED("Isolated"),
    /** {@code a- - b} */
    MERGED_WITH_PREVIOUS("MergedWithPrevious"),
    /** {@code a - -b} */
    MERGED_WITH_NEXT("MergedWithNext"),
    /** {@code a -- b} */
    CONTIGUOUS("Contiguous");

    private final String jsonName;

    SplitBehavior(String jsonName) {
        this.jsonName = jsonName;
    }

    static SplitBehavior read(Component component, SplitBehavior otherwise) {
        return component.choice("behavior", values(), b -> b.jsonName, otherwise);
    }

    /** Hands on the non-empty parts of {@code piece}; with {@code invert} the stretches between the matches are the delimiters. */
    void split(Piece piece, TextPattern pattern, boolean invert, Consumer<Piece> out) {
        var segments = pattern.segments(piece.text());
        int start = 0;
        for (int i = 0; i < segments.count(); i++) {
            boolean delimiter = segments.isMatch(i) != invert;
            boolean joinsNext = i + 1 < segments.count() && joins(delimiter, segments.isMatch(i + 1) != invert);
            if (joinsNext) {
                continue;
            }
            int end = segments.end(i);
            if (end > start && !(this == REMOVED && delimiter)) {
                out.accept(piece.slice(start, end));
            }
            start = end;
        }
    }

    private boolean joins(boolean delimiter, boolean nextDelimiter) {
        return switch (this) {
            case REMOVED, ISOLATED -> false;
            case MERGED_WITH_PREVIOUS -> !delimiter && nextDelimiter;
            case MERGED_WITH_NEXT -> delimiter && !nextDelimiter;
            case CONTIGUOUS -> delimiter == nextDelimiter;
        };
    }
}
