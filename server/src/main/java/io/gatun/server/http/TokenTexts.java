package io.gatun.server.http;

import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.util.Optional;

/** The texts of single tokens, for log-probabilities. */
public final class TokenTexts {
    private final Optional<Tokenizer> tokenizer;

    public TokenTexts(Engine engine) {
        tokenizer = engine.tokenizer();
    }

    /** Whether a token is no part of the text proper. */
    public boolean isSpecial(int id) {
        return tokenizer.map(found -> found.isSpecial(id)).orElse(false);
    }

    /** A token's text, special tokens included; its id where there is no tokenizer. */
    public String of(int id) {
        return tokenizer.map(found -> found.decode(new int[] {id}, false)).orElseGet(() -> "token_id:" + id);
    }
}
