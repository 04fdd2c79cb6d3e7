package io.gatun.server.bench.serving;

import io.gatun.runtime.tokenizer.Tokenizer;
import java.util.Collection;
import java.util.Optional;

/**
 * Counts tokens where a server does not: by a tokenizer, or else by characters.
 *
 * @param tokenizer the server's, as the user says
 */
record TokenCounter(Optional<Tokenizer> tokenizer) {
    /** What a token of English text has on average in usual vocabularies. */
    private static final int CHARACTERS = 4;

    int count(String text) {
        return tokenizer.map(found -> found.encode(text, false).length).orElse((text.length() + CHARACTERS - 1) / CHARACTERS);
    }

    int input(Outcome outcome) {
        return outcome.promptTokens().orElse(outcome.request().promptTokens());
    }

    int output(Outcome outcome) {
        return outcome.completionTokens().orElseGet(() -> count(outcome.text()));
    }

    /** Who counted, for the report. */
    String counted(Collection<Outcome> successes) {
        long byServer = successes.stream().filter(outcome -> outcome.promptTokens().isPresent() && outcome.completionTokens().isPresent()).count();
        String otherwise = tokenizer.isPresent() ? "tokenizer" : "characters / " + CHARACTERS + " (estimated)";
        return byServer == successes.size() ? "server" : byServer == 0 ? otherwise : "server, for " + (successes.size() - byServer) + " requests " + otherwise;
    }
}
