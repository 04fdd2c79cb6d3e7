package io.gatun.runtime.tokenizer;

import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The text of a regular expression and how far it is read. */
final class RegexSource {
    private final String text;
    private int at;

    RegexSource(String text) {
        this.text = text;
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
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        return c;
    }

    /** The char {@code ahead} of the cursor, NUL behind the end. */
    char peek(int ahead) {
        return at + ahead < text.length() ? text.charAt(at + ahead) : '\0';
    }

    boolean startsWith(String prefix) {
        return text.startsWith(prefix, at);
    }

    void skip(int chars) {
        at += chars;
    }

    /** The match of {@code pattern} that begins at the cursor. */
    Optional<MatchResult> lookingAt(Pattern pattern) {
        var matcher = pattern.matcher(text).region(at, text.length());
        return matcher.lookingAt() ? Optional.of(matcher.toMatchResult()) : Optional.empty();
    }

    boolean atEnd() {
        return at >= text.length();
    }

    /** Reads up to and over {@code end}. */
    String readTo(char end) {
        int close = text.indexOf(end, at);
        if (close < 0) {
            throw error("no " + end + " follows");
        }
        var read = text.substring(at, close);
        at = close + 1;
        return read;
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
        int value = at == start ? 0 : Integer.parseUnsignedInt(text.substring(start, at), radix);
        if (!Character.isValidCodePoint(value)) {
            throw error("no such code point");
        }
        return value;
    }
}
