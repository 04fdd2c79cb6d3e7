package io.gatun.server.http.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.engine.TokenLogprob;
import io.gatun.server.http.Json;
import io.gatun.server.http.TokenTexts;
import java.util.List;

/** Log-probabilities as completions have them: parallel lists, with the place of each token in the text. */
final class CompletionLogprobs {
    private final TokenTexts texts;
    private final boolean hasTop;
    private int offset;

    /**
     * Those of one output.
     *
     * @param hasTop whether the likeliest tokens are wanted
     * @param offset where the first token begins
     */
    CompletionLogprobs(TokenTexts texts, boolean hasTop, int offset) {
        this.texts = texts;
        this.hasTop = hasTop;
        this.offset = offset;
    }

    /** The next tokens. */
    ObjectNode json(List<TokenLogprob> tokens) {
        var logprobs = Json.object();
        ArrayNode words = logprobs.putArray("tokens");
        ArrayNode values = logprobs.putArray("token_logprobs");
        ArrayNode tops = hasTop ? logprobs.putArray("top_logprobs") : logprobs.putNull("top_logprobs").arrayNode();
        ArrayNode offsets = logprobs.putArray("text_offset");
        for (var token : tokens) {
            String text = texts.of(token.id());
            words.add(text);
            offsets.add(offset);
            offset += text.length();
            if (token.logprob().isEmpty()) {
                values.addNull();
                tops.addNull();
                continue;
            }
            values.add(token.logprob().getAsDouble());
            var top = tops.addObject();
            token.top().forEach(candidate -> {
                String candidateText = texts.of(candidate.id());
                if (!top.has(candidateText)) {
                    top.put(candidateText, candidate.logprob());
                }
            });
        }
        return logprobs;
    }
}
