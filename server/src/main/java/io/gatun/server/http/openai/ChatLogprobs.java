package io.gatun.server.http.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.engine.TokenLogprob;
import io.gatun.server.http.Json;
import io.gatun.server.http.TokenTexts;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Log-probabilities as chat completions have them. */
final class ChatLogprobs {
    private ChatLogprobs() {
    }

    static ObjectNode json(List<TokenLogprob> tokens, TokenTexts texts) {
        var logprobs = Json.object();
        var content = logprobs.putArray("content");
        for (var token : tokens) {
            var entry = entry(token.id(), token.logprob().orElse(0), texts);
            var top = entry.putArray("top_logprobs");
            token.top().forEach(candidate -> top.add(entry(candidate.id(), candidate.logprob(), texts)));
            content.add(entry);
        }
        return logprobs.putNull("refusal");
    }

    private static ObjectNode entry(int id, double logprob, TokenTexts texts) {
        String text = texts.of(id);
        var entry = Json.object().put("token", text).put("logprob", logprob);
        var bytes = entry.putArray("bytes");
        for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
            bytes.add(value & 0xff);
        }
        return entry;
    }
}
