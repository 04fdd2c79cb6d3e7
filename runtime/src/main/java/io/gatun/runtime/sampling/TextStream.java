package io.gatun.runtime.sampling;

import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.tokenizer.StreamingDecoder;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.util.Optional;
import java.util.Set;

/**
 * Turns an output's tokens into text as they come. What was given out is never taken back: text that may become a stop string is held until that is
 * certain, and no code point is split. The text ends before the stop string that is complete first (before the longest of several that end together) or
 * before the stop token, or behind it with {@code noStopTrim}. A token costs time by its own characters and the number of stop strings, however much
 * text there is. For one thread at a time.
 */
public final class TextStream {
    private final StreamingDecoder decoder;
    private final StopTokens stopTokens;
    private final StopStrings stopStrings;
    private final int minNewTokens;
    private final boolean trims;
    private final StringBuilder held = new StringBuilder();
    private Optional<FinishReason> reason = Optional.empty();
    private boolean finished;
    private int count;

    /**
     * The text of an output of which nothing came yet.
     *
     * @param eosIds the model's own ids that end a text
     */
    public TextStream(Tokenizer tokenizer, SamplingParams params, Set<Integer> eosIds) {
        this.decoder = tokenizer.streamingDecoder(params.skipSpecialTokens(), params.keptSpecialTokens());
        this.stopTokens = new StopTokens(params, eosIds, Optional.of(tokenizer));
        this.stopStrings = new StopStrings(params.stop());
        this.minNewTokens = params.minNewTokens();
        this.trims = !params.noStopTrim();
    }

    /** Takes the next token and returns the text that is certain now, often none. Tokens after the end add nothing. */
    public String push(int id) {
        if (finished) {
            return "";
        }
        var stop = stopTokens.match(id, ++count);
        var text = stop.isPresent() && trims ? "" : search(decoder.push(id));
        if (stop.isPresent()) {
            text += finish();
            reason = reason.or(() -> stop);
        }
        return text;
    }

    /** Ends the text, where no stop string or token did, and returns what was held back. */
    public String finish() {
        if (finished) {
            return "";
        }
        var text = search(decoder.flush());
        finished = true;
        return text + take(held.length());
    }

    /** The stop string or token that ended the text, if one did. */
    public Optional<FinishReason> reason() {
        return reason;
    }

    private String search(String text) {
        for (int i = 0; i < text.length(); i++) {
            held.append(text.charAt(i));
            var stop = stopStrings.push(text.charAt(i));
            if (stop.isPresent() && count > minNewTokens) {
                finished = true;
                reason = stop.map(FinishReason.Stop::atText);
                var found = take(held.length() - (trims ? stop.get().length() : 0));
                held.setLength(0);
                return found;
            }
        }
        return take(held.length() - (trims ? stopStrings.partial() : 0));
    }

    private String take(int length) {
        var text = held.substring(0, length);
        held.delete(0, length);
        return text;
    }
}
