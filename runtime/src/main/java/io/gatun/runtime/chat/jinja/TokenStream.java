package io.gatun.runtime.chat.jinja;

import io.gatun.runtime.chat.jinja.Token.Kind;
import java.util.List;

/** Tokens, taken one by one. */
final class TokenStream {
    private final List<Token> tokens;
    private int at;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(at);
    }

    Token next() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    Token take() {
        return at < tokens.size() - 1 ? tokens.get(at++) : tokens.get(at);
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
        return JinjaException.syntax(line(), current().kind() == Kind.END ? "unexpected end of template, expected '" + expected + "'."
                : "expected token '" + expected + "', got '" + current().describe() + "'");
    }

    private boolean takeIf(boolean matches) {
        if (matches) {
            take();
        }
        return matches;
    }
}
