package io.gatun.runtime.chat.jinja;

import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Python's literals, and numbers written as text. */
final class PyLiteral {
    private static final String DIGITS = "\\p{Nd}[\\p{Nd}_]*+";
    private static final Pattern NOT_BETWEEN_DIGITS = Pattern.compile("(?<![\\p{Nd}a-zA-Z])_|_(?![\\p{Nd}a-zA-Z])");
    private static final Pattern FLOAT = Pattern.compile("[+-]?(?:(?:" + DIGITS + "(?:\\.(?:" + DIGITS + ")?)?|\\." + DIGITS + ")(?:[eE][+-]?" + DIGITS + ")?)");
    private static final Pattern NO_FLOAT = Pattern.compile("([+-]?)(inf|infinity|nan)", Pattern.CASE_INSENSITIVE);
    private static final Pattern INTEGER = Pattern.compile("([+-]?)(0[xXoObB]_?)?([\\p{Nd}a-zA-Z][\\p{Nd}a-zA-Z_]*)");

    private PyLiteral() {
    }

    /**
     * What a string literal without its quotes stands for.
     *
     * @throws IllegalArgumentException with Python's message, if an escape is malformed
     */
    static String unescape(String literal) {
        if (literal.indexOf('\\') < 0) {
            return literal;
        }
        var text = new StringBuilder();
        for (int i = 0; i < literal.length(); i++) {
            char c = literal.charAt(i);
            if (c != '\\') {
                text.append(c);
                continue;
            }
            char escaped = literal.charAt(++i);
            switch (escaped) {
                case 'n' -> text.append('\n');
                case 't' -> text.append('\t');
                case 'r' -> text.append('\r');
                case 'b' -> text.append('\b');
                case 'f' -> text.append('\f');
                case 'a' -> text.append('\u0007');
                case 'v' -> text.append('\u000b');
                case '\n' -> { }
                case '\\', '\'', '"' -> text.append(escaped);
                case 'x' -> text.appendCodePoint(hex(literal, i + 1, 2, "truncated \\xXX escape"));
                case 'u' -> text.appendCodePoint(hex(literal, i + 1, 4, "truncated \\uXXXX escape"));
                case 'U' -> text.appendCodePoint(hex(literal, i + 1, 8, "truncated \\UXXXXXXXX escape"));
                case 'N' -> {
                    int end = literal.startsWith("{", i + 1) ? literal.indexOf('}', i) : -1;
                    text.appendCodePoint(named(end < 0 ? "" : literal.substring(i + 2, end)));
                    i = end;
                }
                default -> {
                    int end = i;
                    while (end < Math.min(i + 3, literal.length()) && literal.charAt(end) >= '0' && literal.charAt(end) <= '7') {
                        end++;
                    }
                    text.append(end == i ? "\\" + escaped : Character.toString(Integer.parseInt(literal, i, end, 8)));
                    i = Math.max(i, end - 1);
                }
            }
            i += switch (escaped) {
                case 'x' -> 2;
                case 'u' -> 4;
                case 'U' -> 8;
                default -> 0;
            };
        }
        return text.toString();
    }

    private static int hex(String literal, int from, int digits, String truncated) {
        int value = 0;
        for (int i = from; i < from + digits; i++) {
            int digit = i < literal.length() && literal.charAt(i) < 0x80 ? Character.digit(literal.charAt(i), 16) : -1;
            if (digit < 0) {
                throw new IllegalArgumentException(truncated);
            }
            value = value << 4 | digit;
        }
        if (!Character.isValidCodePoint(value)) {
            throw new IllegalArgumentException("illegal Unicode character");
        }
        return value;
    }

    private static int named(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("malformed \\N character escape");
        }
        try {
            return Character.codePointOf(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("unknown Unicode character name");
        }
    }

    /** Python's float(text). */
    static OptionalDouble parseFloat(String text) {
        var stripped = StringMethods.strip(text, null, true, true);
        var word = NO_FLOAT.matcher(stripped);
        if (word.matches()) {
            double value = word.group(2).toLowerCase(Locale.ROOT).startsWith("inf") ? Double.POSITIVE_INFINITY : Double.NaN;
            return OptionalDouble.of(word.group(1).equals("-") ? -value : value);
        }
        return FLOAT.matcher(stripped).matches() && !NOT_BETWEEN_DIGITS.matcher(stripped).find() ? OptionalDouble.of(Double.parseDouble(ascii(stripped))) : OptionalDouble.empty();
    }

    /** Python's int(text, base). */
    static OptionalLong parseInt(String text, int base) {
        var matcher = INTEGER.matcher(StringMethods.strip(text, null, true, true));
        if (!matcher.matches() || NOT_BETWEEN_DIGITS.matcher(matcher.group()).find()) {
            return OptionalLong.empty();
        }
        var prefix = matcher.group(2) == null ? "" : matcher.group(2).toLowerCase(Locale.ROOT).substring(0, 2);
        int prefixed = switch (prefix) {
            case "0x" -> 16;
            case "0o" -> 8;
            case "0b" -> 2;
            default -> 10;
        };
        boolean usesPrefix = !prefix.isEmpty() && (base == 0 || base == prefixed);
        var digits = (usesPrefix ? "" : prefix) + matcher.group(3);
        try {
            return OptionalLong.of(Long.parseLong(ascii(matcher.group(1) + digits), base == 0 ? prefixed : base));
        } catch (NumberFormatException e) {
            if (base == 10 && ascii(digits).chars().allMatch(Character::isDigit)) {
                throw new JinjaException("OverflowError", "an integer needs more than 64 bits");
            }
            return OptionalLong.empty();
        }
    }

    /** Python's int(value) of a finite float. */
    static long truncate(double value) {
        if (Math.abs(value) >= 0x1p63) {
            throw new JinjaException("OverflowError", "an integer needs more than 64 bits");
        }
        return (long) value;
    }

    /** Digits of all scripts as ASCII has them, without underscores. */
    private static String ascii(String number) {
        var out = new StringBuilder();
        number.codePoints().filter(c -> c != '_').forEach(c -> out.appendCodePoint(Character.isDigit(c) ? '0' + Character.digit(c, 10) : c));
        return out.toString();
    }
}
