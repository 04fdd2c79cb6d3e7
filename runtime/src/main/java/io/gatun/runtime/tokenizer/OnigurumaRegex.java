package io.gatun.runtime.tokenizer;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * Regular expressions as Oniguruma reads them (the engine of Hugging Face tokenizers, Ruby syntax, Unicode), compiled to
 * {@link java.util.regex}. What the two read differently is written out: classes, {@code . ^ $ \h \v \b}, interval quantifiers, letter
 * case. What has no equal is refused: back references, subexpression calls, absent groups, extended mode.
 */
final class OnigurumaRegex {
    private static final String WORD = OnigurumaClass.BARE_WORD;
    /**
     * Matches nothing, by a character outside the BMP: only a lookbehind whose source has one steps back over such characters whole (as of
     * JDK 25).
     */
    private static final String BY_CODE_POINT = "\uD835\uDC00{0}";
    private static final String AFTER_WORD = "(?<=" + BY_CODE_POINT + WORD + ")";
    private static final String NOT_AFTER_WORD = "(?<!" + BY_CODE_POINT + WORD + ")";
    private static final String BEFORE_WORD = "(?=" + WORD + ")";
    private static final String NOT_BEFORE_WORD = "(?!" + WORD + ")";
    private static final Pattern INTERVAL = Pattern.compile("\\{(\\d*)(,?)(\\d*)}");
    /** Letter pairs that Oniguruma also finds in a single character where case does not count. */
    private static final Set<String> LIGATURES = Set.of("ss", "st", "ff", "fi", "fl");

    private final RegexSource source;
    private final StringBuilder out = new StringBuilder();
    private boolean ignoreCase;
    private boolean dotAll;
    private int lastFolded = -1;

    private OnigurumaRegex(RegexSource source) {
        this.source = source;
    }

    /**
     * @throws IllegalArgumentException where the regex is malformed or uses what is not supported; the message says what and where
     */
    static Pattern compile(String source) {
        var regex = new OnigurumaRegex(new RegexSource(source));
        regex.alternatives();
        if (!regex.source.atEnd()) {
            throw regex.source.error("unmatched )");
        }
        return Pattern.compile(regex.out.toString());
    }

    private void alternatives() {
        boolean outerIgnoreCase = ignoreCase;
        boolean outerDotAll = dotAll;
        int openedHere = 0;
        lastFolded = -1;
        while (!source.atEnd() && source.peek(0) != ')') {
            if (source.peek(0) == '|') {
                source.skip(1);
                out.append('|');
                lastFolded = -1;
            } else if (!flagsToEndOfGroup()) {
                term();
            } else {
                // Oniguruma reads a(?i)b|c as a(?i:b|c).
                out.append("(?:");
                openedHere++;
            }
        }
        out.append(")".repeat(openedHere));
        ignoreCase = outerIgnoreCase;
        dotAll = outerDotAll;
        lastFolded = -1;
    }

    /** One atom and its quantifiers. */
    private void term() {
        int start = out.length();
        int foldedBefore = lastFolded;
        lastFolded = -1;
        atom(foldedBefore);
        boolean quantified = false;
        for (var quantifier = quantifier(); !quantifier.isEmpty(); quantifier = quantifier()) {
            if (quantified) {
                out.insert(start, "(?:").append(')');
            }
            if (quantifier.endsWith(")?")) {
                out.insert(start, "(?:");
            }
            out.append(quantifier);
            quantified = true;
            lastFolded = -1;
        }
    }

    private void atom(int foldedBefore) {
        char c = source.peek(0);
        switch (c) {
            case '(' -> group();
            case '[' -> out.append(new OnigurumaClass(source).read(ignoreCase));
            case '.' -> {
                source.skip(1);
                out.append(dotAll ? "[\\x{0}-\\x{10FFFF}]" : "[^\\n]");
            }
            case '^' -> {
                source.skip(1);
                out.append("(?:(?<=\\n)(?!\\z)|\\A)");
            }
            case '$' -> {
                source.skip(1);
                out.append("(?![^\\n])");
            }
            case '*', '+', '?' -> throw source.error("nothing for " + c + " to repeat");
            case '\\' -> escape(foldedBefore);
            default -> literal(source.nextCodePoint(), foldedBefore);
        }
    }

    private void escape(int foldedBefore) {
        char c = source.peek(1);
        switch (c) {
            case 'A', 'z', 'Z', 'G' -> {
                source.skip(2);
                out.append(c == 'Z' ? "(?=\\n?\\z)" : "\\" + c);
            }
            case 'b' -> {
                source.skip(2);
                out.append("(?:" + AFTER_WORD + NOT_BEFORE_WORD + "|" + NOT_AFTER_WORD + BEFORE_WORD + ")");
            }
            case 'B' -> {
                source.skip(2);
                out.append("(?:" + AFTER_WORD + BEFORE_WORD + "|" + NOT_AFTER_WORD + NOT_BEFORE_WORD + ")");
            }
            case 'R' -> {
                source.skip(2);
                out.append("(?>\\r\\n|[\\n-\\r\\x85\\u2028\\u2029])");
            }
            case 'N' -> {
                source.skip(2);
                out.append("[^\\n]");
            }
            case 'O' -> {
                source.skip(2);
                out.append("[\\x{0}-\\x{10FFFF}]");
            }
            default -> {
                var type = OnigurumaClass.type(source, WORD, ignoreCase);
                if (type.isEmpty()) {
                    literal(source.escapedCodePoint(), foldedBefore);
                } else {
                    out.append(type);
                }
            }
        }
    }

    private void group() {
        if (source.startsWith("(?#")) {
            source.readTo(')');
            return;
        }
        boolean outerIgnoreCase = ignoreCase;
        boolean outerDotAll = dotAll;
        source.skip(1);
        out.append(opening());
        alternatives();
        if (source.atEnd()) {
            throw source.error("( without )");
        }
        source.skip(1);
        out.append(')');
        ignoreCase = outerIgnoreCase;
        dotAll = outerDotAll;
    }

    private String opening() {
        for (var plain : new String[] {"?:", "?=", "?!", "?>", "?<=", "?<!"}) {
            if (source.startsWith(plain)) {
                source.skip(plain.length());
                return "(" + plain + (plain.startsWith("?<") ? BY_CODE_POINT : "");
            }
        }
        if (source.startsWith("?<")) {
            source.readTo('>');
            return "(?:";
        }
        if (source.startsWith("?")) {
            source.skip(1);
            readFlags();
            if (source.peek(0) != ':') {
                throw source.error("group (?" + source.peek(0) + " is not supported");
            }
            source.skip(1);
        }
        return "(?:";
    }

    /** Reads {@code (?i)} and its like, which hold up to the end of the group. */
    private boolean flagsToEndOfGroup() {
        int end = 2;
        while ("imx-".indexOf(source.peek(end)) >= 0) {
            end++;
        }
        if (!source.startsWith("(?") || end == 2 || source.peek(end) != ')') {
            return false;
        }
        source.skip(2);
        readFlags();
        source.skip(1);
        return true;
    }

    private void readFlags() {
        for (boolean on = true; "imx-".indexOf(source.peek(0)) >= 0; source.skip(1)) {
            switch (source.peek(0)) {
                case '-' -> on = false;
                case 'i' -> ignoreCase = on;
                case 'm' -> dotAll = on;
                default -> {
                    if (on) {
                        throw source.error("extended mode (?x) is not supported");
                    }
                }
            }
        }
    }

    /** The next quantifier in Java's syntax, empty where there is none; one that ends in )? closes a group around the atom. */
    private String quantifier() {
        char c = source.peek(0);
        if (c == '?' || c == '*' || c == '+') {
            char mode = source.peek(1);
            boolean hasMode = mode == '?' || mode == '+';
            source.skip(hasMode ? 2 : 1);
            return hasMode ? "" + c + mode : "" + c;
        }
        var interval = source.lookingAt(INTERVAL);
        if (interval.isEmpty() || interval.get().group(1).isEmpty() && interval.get().group(3).isEmpty()) {
            return "";
        }
        source.skip(interval.get().end() - interval.get().start());
        var least = interval.get().group(1).isEmpty() ? "0" : interval.get().group(1);
        boolean exact = interval.get().group(2).isEmpty();
        var range = "{" + least + interval.get().group(2) + interval.get().group(3) + "}";
        if (source.peek(0) != '?') {
            return range;
        }
        source.skip(1);
        // {n}? is an optional {n}; only a true range can be lazy.
        return range + (exact ? ")?" : "?");
    }

    private void literal(int codePoint, int foldedBefore) {
        if (!ignoreCase) {
            out.append(OnigurumaClass.quote(codePoint));
            return;
        }
        out.append('[').append(OnigurumaClass.caseVariants(source, codePoint)).append(']');
        int folded = Character.toLowerCase(codePoint);
        if (foldedBefore >= 0 && LIGATURES.contains("" + (char) foldedBefore + (char) folded)) {
            throw source.error("" + (char) foldedBefore + (char) folded
                    + " regardless of case also matches a ligature; that is not supported");
        }
        lastFolded = folded < 0x80 ? folded : -1;
    }
}
