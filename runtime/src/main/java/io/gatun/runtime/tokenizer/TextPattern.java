package io.gatun.runtime.tokenizer;

import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.regex.Pattern;

/** Where a delimiter occurs in a text. */
sealed interface TextPattern {

    /** The text cut at every match, gaps and matches in turn, covering it from its start to its end. */
    Segments segments(String text);

    /** Reads {@code {"String": …}} or {@code {"Regex": …}}. */
    static TextPattern read(Component component, String field) {
        var pattern = component.child(field);
        if (pattern.has("String")) {
            var literal = pattern.text("String");
            return literal.isEmpty() ? new Regex(Pattern.compile("")) : new Literal(literal);
        }
        if (!pattern.has("Regex")) {
            throw pattern.error("must be {\"String\": …} or {\"Regex\": …}");
        }
        try {
            return new Regex(OnigurumaRegex.compile(pattern.text("Regex")));
        } catch (IllegalArgumentException e) {
            throw pattern.error("regex " + pattern.text("Regex") + ": " + e.getMessage());
        }
    }

    record Literal(String literal) implements TextPattern {
        @Override
        public Segments segments(String text) {
            var segments = new Segments();
            for (int at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + literal.length())) {
                segments.addMatch(at, at + literal.length());
            }
            return segments.finish(text.length());
        }
    }

    record Regex(Pattern regex) implements TextPattern {
        @Override
        public Segments segments(String text) {
            var segments = new Segments();
            var matcher = regex.matcher(text);
            boolean found = matcher.find();
            while (found) {
                int end = matcher.end();
                // An empty match right behind the last one does not count: the original steps over it.
                if (end > matcher.start() || end != segments.lastMatchEnd()) {
                    segments.addMatch(matcher.start(), end);
                }
                boolean emptyInFrontOfPair = end == matcher.start() && end < text.length()
                        && Character.isSupplementaryCodePoint(text.codePointAt(end));
                found = emptyInFrontOfPair ? matcher.find(end + 2) : matcher.find();
            }
            return segments.finish(text.length());
        }
    }

    /** Every code point of a class, each a match of its own. */
    record EachCodePoint(IntPredicate type) implements TextPattern {
        @Override
        public Segments segments(String text) {
            var segments = new Segments();
            for (int at = 0; at < text.length(); ) {
                int c = text.codePointAt(at);
                int end = at + Character.charCount(c);
                if (type.test(c)) {
                    segments.addMatch(at, end);
                }
                at = end;
            }
            return segments.finish(text.length());
        }
    }

    /** The longest runs of code points of the same kind, where kind −1 is no match. */
    record Runs(IntUnaryOperator kind) implements TextPattern {
        @Override
        public Segments segments(String text) {
            var segments = new Segments();
            for (int start = 0; start < text.length(); ) {
                int runKind = kind.applyAsInt(text.codePointAt(start));
                int end = start;
                while (end < text.length() && kind.applyAsInt(text.codePointAt(end)) == runKind) {
                    end += Character.charCount(text.codePointAt(end));
                }
                if (runKind >= 0) {
                    segments.addMatch(start, end);
                }
                start = end;
            }
            return segments.finish(text.length());
        }
    }
}
