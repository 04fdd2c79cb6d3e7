package io.gatun.runtime.chat.jinja;

import io.gatun.runtime.chat.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts a template into tokens, with trim_blocks and lstrip_blocks on, as Hugging Face has them. */
final class Lexer {
    private static final Pattern BEGIN = Pattern.compile("\\{[%{#]");
    private static final Pattern RAW = Pattern.compile("\\{%[-+]?\\s*raw\\s*([-+]?)%\\}");
    private static final Pattern END_RAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}");
    private static final String DIGITS = "(?:\\d+_)*\\d+";
    /** As in {@code items.0.1}, digits after a point are no float. */
    private static final Pattern FLOAT = Pattern.compile("(?<!\\.)" + DIGITS + "(?:(?:\\." + DIGITS + ")?[eE][+-]?" + DIGITS + "|\\." + DIGITS + ")");
    private static final Pattern INTEGER = Pattern.compile("0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|[1-9](?:_?\\d)*|0(?:_?0)*");
    private static final Pattern NAME = Pattern.compile("[\\p{L}_][\\p{L}\\p{M}\\p{N}_]*");
    private static final Pattern STRING = Pattern.compile("'(?:[^'\\\\]|\\\\.)*+'|\"(?:[^\"\\\\]|\\\\.)*+\"", Pattern.DOTALL);
    private static final Pattern OPERATOR = Pattern.compile("\\*\\*|//|==|!=|<=|>=|[-+*/%~<>=.:|,;()\\[\\]{}]");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private boolean atLineStart = true;
    private final Deque<Character> open = new ArrayDeque<>();

    private Lexer(String source) {
        var text = source.replace("\r\n", "\n").replace('\r', '\n');
        this.source = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    static List<Token> tokenize(String source) {
        var lexer = new Lexer(source);
        try {
            lexer.run();
        } catch (JinjaException e) {
            lexer.tokens.add(new Token(Kind.ERROR, e.getMessage(), e.line()));
        }
        return lexer.tokens;
    }

    private void run() {
        var begin = BEGIN.matcher(source);
        while (at < source.length()) {
            if (!begin.find(at)) {
                data(source.substring(at));
                at = source.length();
                break;
            }
            var raw = RAW.matcher(source).region(begin.start(), source.length());
            char sign = signAt(begin.end());
            data(stripped(source.substring(at, begin.start()), sign, source.charAt(begin.start() + 1) != '{'));
            advance(begin.start());
            if (raw.lookingAt()) {
                raw(raw);
            } else if (source.charAt(at + 1) == '#') {
                comment();
            } else {
                tag(source.charAt(at + 1) == '{', sign);
            }
        }
        tokens.add(new Token(Kind.END, "", line));
    }

    /** The text before a tag, without what its sign or lstrip_blocks takes away. */
    private String stripped(String text, char sign, boolean isBlock) {
        if (sign == '-') {
            return text.stripTrailing();
        }
        if (sign != '+' && isBlock) {
            int lineStart = text.lastIndexOf('\n') + 1;
            if ((lineStart > 0 || atLineStart) && text.substring(lineStart).isBlank()) {
                return text.substring(0, lineStart);
            }
        }
        return text;
    }

    private char signAt(int index) {
        char sign = index < source.length() ? source.charAt(index) : ' ';
        return sign == '-' || sign == '+' ? sign : ' ';
    }

    private void data(String text) {
        if (!text.isEmpty()) {
            tokens.add(new Token(Kind.DATA, text, line));
        }
    }

    private void comment() {
        int end = source.indexOf("#}", at + 2);
        if (end < 0) {
            throw JinjaException.syntax(line, "Missing end of comment tag");
        }
        char sign = signAt(end > at + 2 + (signAt(at + 2) == ' ' ? 0 : 1) ? end - 1 : source.length());
        advance(end + 2);
        afterBlock(sign);
    }

    private void raw(Matcher begin) {
        advance(begin.end());
        atLineStart = begin.group().endsWith("\n");
        if (begin.group(1).equals("-")) {
            skipSpace();
        }
        var end = END_RAW.matcher(source);
        if (!end.find(at)) {
            throw JinjaException.syntax(line, "Missing end of raw directive");
        }
        data(stripped(source.substring(at, end.start()), end.group(1).isEmpty() ? ' ' : end.group(1).charAt(0), true));
        advance(end.end());
        afterBlock(end.group(2).isEmpty() ? ' ' : end.group(2).charAt(0));
    }

    /** What follows the end of a block or comment is stripped by its sign, or of its first line break. */
    private void afterBlock(char sign) {
        atLineStart = false;
        if (sign == '-') {
            skipSpace();
        } else if (sign != '+' && at < source.length() && source.charAt(at) == '\n') {
            advance(at + 1);
            atLineStart = true;
        }
    }

    private void skipSpace() {
        int end = at;
        while (end < source.length() && Character.isWhitespace(source.charAt(end))) {
            end++;
        }
        atLineStart = end > at && source.charAt(end - 1) == '\n';
        advance(end);
    }

    private void tag(boolean isVariable, char sign) {
        tokens.add(new Token(isVariable ? Kind.VARIABLE_BEGIN : Kind.BLOCK_BEGIN, "", line));
        advance(at + (sign == ' ' ? 2 : 3));
        var close = isVariable ? "}}" : "%}";
        open.clear();
        while (true) {
            skipSpace();
            if (at == source.length()) {
                return;
            }
            char c = source.charAt(at);
            boolean signed = (c == '-' || c == '+' && !isVariable) && source.startsWith(close, at + 1);
            if (open.isEmpty() && (signed || source.startsWith(close, at))) {
                tokens.add(new Token(isVariable ? Kind.VARIABLE_END : Kind.BLOCK_END, "", line));
                advance(at + (signed ? 3 : 2));
                if (!isVariable) {
                    afterBlock(signed ? c : ' ');
                } else {
                    atLineStart = false;
                    if (signed) {
                        skipSpace();
                    }
                }
                return;
            }
            balance(c);
            expressionToken();
        }
    }

    private void balance(char c) {
        switch (c) {
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '{' -> open.push('}');
            case ')', ']', '}' -> {
                if (open.isEmpty()) {
                    throw JinjaException.syntax(line, "unexpected '" + c + "'");
                }
                char expected = open.pop();
                if (expected != c) {
                    throw JinjaException.syntax(line, "unexpected '" + c + "', expected '" + expected + "'");
                }
            }
            default -> { }
        }
    }

    private void expressionToken() {
        for (var pattern : List.of(FLOAT, INTEGER, NAME, STRING, OPERATOR)) {
            var matcher = pattern.matcher(source).region(at, source.length()).useTransparentBounds(true);
            if (matcher.lookingAt()) {
                tokens.add(token(pattern, matcher));
                advance(matcher.end());
                return;
            }
        }
        throw JinjaException.syntax(line, "unexpected char " + PyText.repr(Character.toString(source.codePointAt(at))) + " at " + source.codePointCount(0, at));
    }

    private Token token(Pattern pattern, Matcher matcher) {
        var text = matcher.group();
        if (pattern == STRING) {
            try {
                return new Token(Kind.STRING, PyLiteral.unescape(text.substring(1, text.length() - 1)), line);
            } catch (IllegalArgumentException e) {
                throw JinjaException.syntax(line, e.getMessage());
            }
        }
        return pattern == FLOAT || pattern == INTEGER ? new Token(pattern == FLOAT ? Kind.FLOAT : Kind.INTEGER, text.replace("_", ""), line)
                : new Token(pattern == NAME ? Kind.NAME : Kind.OPERATOR, text, line);
    }

    private void advance(int to) {
        for (; at < to; at++) {
            if (source.charAt(at) == '\n') {
                line++;
            }
        }
    }
}
