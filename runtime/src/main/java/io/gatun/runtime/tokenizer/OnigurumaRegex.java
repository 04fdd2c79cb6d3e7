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
     * Matches nothing, by a character outside the BMP: only a lookbehind whose source has one steps back over such characters whole (as of JDK 25).
     */
    private static final String BY_CODE_POINT = "\uD835\uDC00{0}";
    private static final String AFTER_WORD = "(?<=" + BY_CODE_POINT + WORD + ")";
    private static final String NOT_AFTER_WORD = "(?<!" + BY_CODE_POINT + WORD + ")";
    private static final String BEFORE_WORD = "(?=" + WORD + ")";
    private static final String NOT_BEFORE_WORD = "(?!" + WORD + ")";
    private static final Pattern INTERVAL = Pattern.compile("\\{(\\d*)(,?)(\\d*)}");
    /** Letter pairs that Oniguruma also finds in a single character where case does not count. */
    private static final Set<String> LIGATURES = Set.of("ss", "st", "ff", "fi", "fl");

    private final String source;
    private final StringBuilder out = new StringBuilder();
    private int at;
    private boolean ignoreCase;
    private boolean dotAll;
    private int lastFolded = -1;

    private OnigurumaRegex(String source) {
        this.source = source;
    }

    /**
     * @throws IllegalArgumentException where the regex is malformed or uses what is not supported; the message says what and where
     */
    static Pattern compile(String source) {
        var regex = new OnigurumaRegex(source);
        regex.alternatives();
        if (regex.at < source.length()) {
            throw regex.error("unmatched )");
        }
        return Pattern.compile(regex.out.toString());
    }

    private void alternatives() {
        boolean outerIgnoreCase = ignoreCase;
        boolean outerDotAll = dotAll;
        int openedHere = 0;
        lastFolded = -1;
        while (at < source.length() && source.charAt(at) != ')') {
            if (source.charAt(at) == '|') {
                at++;
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
        char c = source.charAt(at);
        switch (c) {
            case '(' -> group();
            case '[' -> out.append(new OnigurumaClass(this).read(ignoreCase));
            case '.' -> {
                at++;
                out.append(dotAll ? "[\\x{0}-\\x{10FFFF}]" : "[^\\n]");
            }
            case '^' -> {
                at++;
                out.append("(?:(?<=\\n)(?!\\z)|\\A)");
            }
            case '$' -> {
                at++;
                out.append("(?![^\\n])");
            }
            case '*', '+', '?' -> throw error("nothing for " + c + " to repeat");
            case '\\' -> escape(foldedBefore);
            default -> literal(nextCodePoint(), foldedBefore);
        }
    }

    private void escape(int foldedBefore) {
        char c = peek(1);
        switch (c) {
            case 'A', 'z', 'Z', 'G' -> {
                at += 2;
                out.append(c == 'Z' ? "(?=\\n?\\z)" : "\\" + c);
            }
            case 'b' -> {
                at += 2;
                out.append("(?:" + AFTER_WORD + NOT_BEFORE_WORD + "|" + NOT_AFTER_WORD + BEFORE_WORD + ")");
            }
            case 'B' -> {
                at += 2;
                out.append("(?:" + AFTER_WORD + BEFORE_WORD + "|" + NOT_AFTER_WORD + NOT_BEFORE_WORD + ")");
            }
            case 'R' -> {
                at += 2;
                out.append("(?>\\r\\n|[\\n-\\r\\x85\\u2028\\u2029])");
            }
            case 'N' -> {
                at += 2;
                out.append("[^\\n]");
            }
            case 'O' -> {
                at += 2;
                out.append("[\\x{0}-\\x{10FFFF}]");
            }
            default -> {
                var type = OnigurumaClass.type(this, WORD, ignoreCase);
                if (type.isEmpty()) {
                    literal(escapedCodePoint(), foldedBefore);
                } else {
                    out.append(type);
                }
            }
        }
    }

    private void group() {
        if (source.startsWith("(?#", at)) {
            int end = source.indexOf(')', at);
            if (end < 0) {
                throw error("comment without )");
            }
            at = end + 1;
            return;
        }
        boolean outerIgnoreCase = ignoreCase;
        boolean outerDotAll = dotAll;
        at++;
        out.append(opening());
        alternatives();
        if (at >= source.length()) {
            throw error("( without )");
        }
        at++;
        out.append(')');
        ignoreCase = outerIgnoreCase;
        dotAll = outerDotAll;
    }

    private String opening() {
        for (var plain : new String[] {"?:", "?=", "?!", "?>", "?<=", "?<!"}) {
            if (source.startsWith(plain, at)) {
                at += plain.length();
                return "(" + plain + (plain.startsWith("?<") ? BY_CODE_POINT : "");
            }
        }
        if (source.startsWith("?<", at)) {
            int end = source.indexOf('>', at);
            if (end < 0) {
                throw error("group name without >");
            }
            at = end + 1;
            return "(?:";
        }
        if (source.startsWith("?", at)) {
            at++;
            readFlags();
            if (peek(0) != ':') {
                throw error("group (?" + peek(0) + " is not supported");
            }
            at++;
        }
        return "(?:";
    }

    /** Reads {@code (?i)} and its like, which hold up to the end of the group. */
    private boolean flagsToEndOfGroup() {
        int end = at + 2;
        while (end < source.length() && "imx-".indexOf(source.charAt(end)) >= 0) {
            end++;
        }
        if (!source.startsWith("(?", at) || end == at + 2 || end >= source.length() || source.charAt(end) != ')') {
            return false;
        }
        at += 2;
        readFlags();
        at++;
        return true;
    }

    private void readFlags() {
        for (boolean on = true; "imx-".indexOf(peek(0)) >= 0; at++) {
            switch (peek(0)) {
                case '-' -> on = false;
                case 'i' -> ignoreCase = on;
                case 'm' -> dotAll = on;
                default -> {
                    if (on) {
                        throw error("extended mode (?x) is not supported");
                    }
                }
            }
        }
    }

    /** The next quantifier in Java's syntax, empty where there is none; one that ends in )? closes a group around the atom. */
    private String quantifier() {
        char c = peek(0);
        if (c == '?' || c == '*' || c == '+') {
            at++;
            char mode = peek(0);
            if (mode == '?' || mode == '+') {
                at++;
                return "" + c + mode;
            }
            return "" + c;
        }
        var interval = INTERVAL.matcher(source).region(at, source.length());
        if (c != '{' || !interval.lookingAt() || interval.group(1).isEmpty() && interval.group(3).isEmpty()) {
            return "";
        }
        at = interval.end();
        var least = interval.group(1).isEmpty() ? "0" : interval.group(1);
        var range = "{" + least + interval.group(2) + interval.group(3) + "}";
        if (peek(0) != '?') {
            return range;
        }
        at++;
        // {n}? is an optional {n}; only a true range can be lazy.
        return interval.group(2).isEmpty() ? range + ")?" : range + "?";
    }

    private void literal(int codePoint, int foldedBefore) {
        if (!ignoreCase) {
            out.append(OnigurumaClass.quote(codePoint));
            return;
        }
        out.append('[').append(OnigurumaClass.caseVariants(this, codePoint)).append(']');
        int folded = Character.toLowerCase(codePoint);
        if (foldedBefore >= 0 && LIGATURES.contains("" + (char) foldedBefore + (char) folded)) {
            throw error("" + (char) foldedBefore + (char) folded + " regardless of case also matches a ligature; that is not supported");
        }
        lastFolded = folded < 0x80 ? folded : -1;
    }

    /** The code point that the escape at the cursor stands for, in or outside a class. */
    int escapedCodePoint() {
        char c = peek(1);
        at += 2;
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'f' -> '\f';
            case 'v' -> 0x0B;
            case 'a' -> 0x07;
            case 'e' -> 0x1B;
            case 'u' -> digits(16, 4, 4);
            case 'x' -> {
                if (peek(0) == '{') {
                    at++;
                    int value = digits(16, 1, 8);
                    if (peek(0) != '}') {
                        throw error("\\x{ without }");
                    }
                    at++;
                    yield value;
                }
                yield digits(16, 1, 2);
            }
            case '0' -> digits(8, 0, 2);
            case '\0' -> throw error("\\ at the end");
            default -> {
                if (c < 0x80 && Character.isLetterOrDigit(c)) {
                    throw error("\\" + c + " is not supported");
                }
                at--;
                yield nextCodePoint();
            }
        };
    }

    int nextCodePoint() {
        int c = source.codePointAt(at);
        at += Character.charCount(c);
        return c;
    }

    /** The char {@code ahead} of the cursor, NUL behind the end. */
    char peek(int ahead) {
        return at + ahead < source.length() ? source.charAt(at + ahead) : '\0';
    }

    boolean startsWith(String prefix) {
        return source.startsWith(prefix, at);
    }

    void skip(int chars) {
        at += chars;
    }

    boolean atEnd() {
        return at >= source.length();
    }

    /** Reads up to and over {@code end}. */
    String readTo(char end) {
        int close = source.indexOf(end, at);
        if (close < 0) {
            throw error("no " + end + " follows");
        }
        var text = source.substring(at, close);
        at = close + 1;
        return text;
    }

    IllegalArgumentException error(String what) {
        return new IllegalArgumentException(what + " (at character " + at + ")");
    }

    private int digits(int radix, int least, int most) {
        int start = at;
        while (at - start < most && Character.digit(peek(0), radix) >= 0 && peek(0) < 0x80) {
            at++;
        }
        if (at - start < least) {
            throw error("expected " + least + " digits of base " + radix);
        }
        int value = at == start ? 0 : Integer.parseUnsignedInt(source.substring(start, at), radix);
        if (!Character.isValidCodePoint(value)) {
            throw error("no such code point");
        }
        return value;
    }
}
