package io.gatun.server.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lists of strings as Python writes them, {@code ['5', "it's", 'a\nb']}, in which MMMU keeps its options and answers. */
final class PythonLiterals {
    private final String text;
    private int at;

    private PythonLiterals(String text) {
        this.text = text;
    }

    /** The strings of a list; empty if the text is anything but one list of strings and numbers. */
    static Optional<List<String>> list(String text) {
        var reader = new PythonLiterals(text.strip());
        return reader.list().filter(items -> reader.at == reader.text.length());
    }

    private Optional<List<String>> list() {
        var items = new ArrayList<String>();
        if (!take('[')) {
            return Optional.empty();
        }
        while (!take(']')) {
            var item = item();
            if (item.isEmpty() || !take(',') && !looksAt(']')) {
                return Optional.empty();
            }
            items.add(item.get());
        }
        return Optional.of(items);
    }

    private Optional<String> item() {
        skipSpace();
        if (looksAt('\'') || looksAt('"')) {
            return string(text.charAt(at++));
        }
        int start = at;
        while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return start == at ? Optional.empty() : Optional.of(text.substring(start, at));
    }

    private Optional<String> string(char quote) {
        var string = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == quote) {
                return Optional.of(string.toString());
            }
            if (c != '\\' || at == text.length()) {
                string.append(c);
            } else {
                escape(text.charAt(at++), string);
            }
        }
        return Optional.empty();
    }

    /** What Python does not know as an escape stays as it stands, backslash included. */
    private void escape(char c, StringBuilder string) {
        switch (c) {
            case 'n' -> string.append('\n');
            case 't' -> string.append('\t');
            case 'r' -> string.append('\r');
            case 'a' -> string.append('\u0007');
            case 'b' -> string.append('\b');
            case 'f' -> string.append('\f');
            case 'v' -> string.append('\u000B');
            case '\\', '\'', '"' -> string.append(c);
            case 'x' -> code(c, 2, string);
            case 'u' -> code(c, 4, string);
            case 'U' -> code(c, 8, string);
            default -> string.append('\\').append(c);
        }
    }

    private void code(char kind, int digits, StringBuilder string) {
        String hex = text.substring(at, Math.min(at + digits, text.length()));
        if (hex.length() == digits && hex.matches("[0-9a-fA-F]+") && Character.isValidCodePoint((int) Long.parseLong(hex, 16))) {
            string.appendCodePoint((int) Long.parseLong(hex, 16));
            at += digits;
        } else {
            string.append('\\').append(kind);
        }
    }

    private boolean take(char wanted) {
        skipSpace();
        if (looksAt(wanted)) {
            at++;
            return true;
        }
        return false;
    }

    private boolean looksAt(char wanted) {
        return at < text.length() && text.charAt(at) == wanted;
    }

    private void skipSpace() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }
}
