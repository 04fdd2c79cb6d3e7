package io.gatun.server.http.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.engine.TokenLogprob;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.server.http.Json;
import io.gatun.server.http.TokenTexts;
import java.util.List;

/** Log-probabilities as completions have them: parallel lists, with the place of each token in the text. */
final class CompletionLogprobs {
    private final TokenTexts texts;
    private final boolean hasTop;
    private final boolean skipsSpecial;
    private int offset;

    private CompletionLogprobs(TokenTexts texts, boolean hasTop, boolean skipsSpecial) {
        this.texts = texts;
        this.hasTop = hasTop;
        this.skipsSpecial = skipsSpecial;
    }

    /** Those of one output, of which nothing was read yet. */
    static CompletionLogprobs of(SamplingParams params, TokenTexts texts) {
        return new CompletionLogprobs(texts, params.topLogprobsNum() > 0, params.skipSpecialTokens());
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
            offset += skipsSpecial && texts.isSpecial(token.id()) ? 0 : text.length();
            if (token.logprob().isEmpty()) {
                values.addNull();
                tops.addNull();
                continue;
            }
            values.add(token.logprob().getAsDouble());
            var top = tops.addObject();
            token.top().forEach(candidate -> putFirst(top, texts.of(candidate.id()), candidate.logprob()));
            putFirst(top, text, token.logprob().getAsDouble());
        }
        return logprobs;
    }

    /** Of tokens with the same text the likelier one counts. */
    private static void putFirst(ObjectNode top, String text, double logprob) {
        if (!top.has(text)) {
            top.put(text, logprob);
        }
    }
}
