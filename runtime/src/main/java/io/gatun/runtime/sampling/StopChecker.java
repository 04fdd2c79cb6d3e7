package io.gatun.runtime.sampling;

import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.util.Optional;
import java.util.Set;

/**
 * Says when an output has ended: at a token that ends it, or at a stop string, which may lie across tokens. Nothing ends it before {@code minNewTokens}
 * tokens; its greatest length is its owner's business. Without stop strings only ids are looked at. For one thread at a time.
 */
public final class StopChecker {
    private final StopTokens tokens;
    private final Optional<TextStream> text;
    private int count;

    /**
     * A checker for an output of which nothing came yet.
     *
     * @param params where {@code ignoreEos} is set, {@code stopTokenIds} end the output all the same
     * @param eosIds the model's own ids that end a text
     * @throws IllegalArgumentException if there are stop strings and no tokenizer to find them
     */
    public StopChecker(SamplingParams params, Set<Integer> eosIds, Optional<Tokenizer> tokenizer) {
        if (!params.stop().isEmpty() && tokenizer.isEmpty()) {
            throw new IllegalArgumentException("stop has " + params.stop().size() + " strings, but without a tokenizer only stop token ids can be found");
        }
        tokens = new StopTokens(params, eosIds, tokenizer);
        text = params.stop().isEmpty() ? Optional.empty() : tokenizer.map(found -> new TextStream(found, params, eosIds));
    }

    /** The tokens that end the output, once nothing holds them back. */
    public int[] stopIds() {
        return tokens.ids();
    }

    /** Takes the next token and says whether, and why, the output ends with it. */
    public Optional<FinishReason> push(int id) {
        if (text.isEmpty()) {
            return tokens.match(id, ++count);
        }
        text.get().push(id);
        return text.get().reason();
    }

    /** Why an output ended that {@code otherwise} ends: a stop string may be certain only now that no token follows. */
    public FinishReason end(FinishReason otherwise) {
        text.ifPresent(TextStream::finish);
        return text.flatMap(TextStream::reason).orElse(otherwise);
    }
}
