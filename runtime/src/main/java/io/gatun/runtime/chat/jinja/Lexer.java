package io.gatun.runtime.chat.jinja;

import io.gatun.runtime.chat.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts a template into tokens, with trim_blocks and lstrip_blocks on, as Hugging Face has them. */
final class Lexer {
    private static final Pattern BEGIN = Pattern.compile("\\{[%{#]");
    private static final Pattern RAW = Pattern.compile("\\{%[-+]?\\s*raw\\s*([-+]?)%\\}");
    private static final Pattern END_RAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}");
    private static final Pattern NUMBER = Pattern.compile("(\\d[\\d_]*\\.\\d[\\d_]*(?:[eE][+-]?\\d+)?|\\d[\\d_]*[eE][+-]?\\d+)|(\\d[\\d_]*)");
    private static final Pattern NAME = Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_]*");
    private static final Pattern STRING = Pattern.compile("'((?:[^'\\\\]|\\\\.)*+)'|\"((?:[^\"\\\\]|\\\\.)*+)\"", Pattern.DOTALL);
    private static final Pattern OPERATOR = Pattern.compile("\\*\\*|//|==|!=|<=|>=|[-+*/%~<>=.:|,;()\\[\\]{}]");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private boolean atLineStart = true;

    private Lexer(String source) {
        var text = source.replace("\r\n", "\n").replace('\r', '\n');
        this.source = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    static List<Token> tokenize(String source) {
        var lexer = new Lexer(source);
        lexer.run();
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
        char sign = end > at + 2 ? source.charAt(end - 1) : ' ';
        advance(end + 2);
        afterBlock(sign == '-' || sign == '+' ? sign : ' ');
    }

    private void raw(Matcher begin) {
        advance(begin.end());
        afterBlock(begin.group(1).isEmpty() ? ' ' : begin.group(1).charAt(0));
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
        int depth = 0;
        while (true) {
            skipSpace();
            if (at == source.length()) {
                throw JinjaException.syntax(line, "unexpected end of template, expected '" + close + "'");
            }
            char c = source.charAt(at);
            boolean signed = (c == '-' || c == '+' && !isVariable) && source.startsWith(close, at + 1);
            if (depth == 0 && (signed || source.startsWith(close, at))) {
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
            depth += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
            expressionToken();
        }
    }

    private void expressionToken() {
        for (var pattern : List.of(NUMBER, NAME, STRING, OPERATOR)) {
            var matcher = pattern.matcher(source).region(at, source.length());
            if (matcher.lookingAt()) {
                tokens.add(token(pattern, matcher));
                advance(matcher.end());
                return;
            }
        }
        throw JinjaException.syntax(line, "unexpected char '" + source.charAt(at) + "' at " + at);
    }

    private Token token(Pattern pattern, Matcher matcher) {
        if (pattern == NUMBER) {
            return new Token(matcher.group(1) != null ? Kind.FLOAT : Kind.INTEGER, matcher.group().replace("_", ""), line);
        }
        if (pattern == STRING) {
            return new Token(Kind.STRING, unescape(matcher.group(1) != null ? matcher.group(1) : matcher.group(2)), line);
        }
        return new Token(pattern == NAME ? Kind.NAME : Kind.OPERATOR, matcher.group(), line);
    }

    private void advance(int to) {
        for (; at < to; at++) {
            if (source.charAt(at) == '\n') {
                line++;
            }
        }
    }

    /** What a Python string literal stands for. */
    private String unescape(String literal) {
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
            int digits = escaped == 'x' ? 2 : escaped == 'u' ? 4 : escaped == 'U' ? 8 : 0;
            if (digits > 0) {
                try {
                    text.appendCodePoint(Integer.parseInt(literal, i + 1, i + 1 + digits, 16));
                } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
                    throw JinjaException.syntax(line, "truncated \\" + escaped + " escape in '" + literal + "'");
                }
                i += digits;
                continue;
            }
            switch (escaped) {
                case 'n' -> text.append('\n');
                case 't' -> text.append('\t');
                case 'r' -> text.append('\r');
                case 'b' -> text.append('\b');
                case 'f' -> text.append('\f');
                case 'a' -> text.append('\u0007');
                case 'v' -> text.append('\u000b');
                case '0' -> text.append('\0');
                case '\n' -> { }
                case '\\', '\'', '"' -> text.append(escaped);
                default -> text.append('\\').append(escaped);
            }
        }
        return text.toString();
    }
}
