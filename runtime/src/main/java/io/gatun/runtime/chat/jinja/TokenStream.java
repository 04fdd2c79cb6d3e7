package io.gatun.runtime.chat.jinja;

import io.gatun.runtime.chat.jinja.Token.Kind;
import java.util.List;

/** Tokens, taken one by one; what is malformed is an error when it is come to. */
final class TokenStream {
    private final List<Token> tokens;
    private int at;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
        sound(tokens.getFirst());
    }

    Token current() {
        return tokens.get(at);
    }

    Token next() {
        return sound(tokens.get(Math.min(at + 1, tokens.size() - 1)));
    }

    Token take() {
        var taken = current();
        if (at < tokens.size() - 1) {
            sound(tokens.get(++at));
        }
        return taken;
    }

    int line() {
        return current().line();
    }

    boolean takeOperator(String operator) {
        return takeIf(current().isOperator(operator));
    }

    boolean takeName(String name) {
        return takeIf(current().isName(name));
    }

    void expectOperator(String operator) {
        if (!takeOperator(operator)) {
            throw unexpected(operator);
        }
    }

    void expectName(String name) {
        if (!takeName(name)) {
            throw unexpected(name);
        }
    }

    Token expect(Kind kind) {
        if (current().kind() != kind) {
            throw unexpected(new Token(kind, kind == Kind.NAME ? "name" : "", 0).describe());
        }
        return take();
    }

    private JinjaException unexpected(String expected) {
        return JinjaException.syntax(line(), current().kind() == Kind.END ? "unexpected end of template, expected " + PyText.repr(expected) + "."
                : "expected token " + PyText.repr(expected) + ", got " + PyText.repr(current().describe()));
    }

    private boolean takeIf(boolean matches) {
        if (matches) {
            take();
        }
        return matches;
    }

    private static Token sound(Token token) {
        if (token.kind() == Kind.ERROR) {
            throw JinjaException.syntax(token.line(), token.text());
        }
        return token;
    }
}
