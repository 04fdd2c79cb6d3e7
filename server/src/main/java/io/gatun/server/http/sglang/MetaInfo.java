package io.gatun.server.http.sglang;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.runtime.engine.TokenLogprob;
import io.gatun.server.http.Json;
import io.gatun.server.http.TokenTexts;
import java.util.List;
import java.util.Optional;

/** SGLang's {@code meta_info}. */
final class MetaInfo {
    private MetaInfo() {
    }

    static ObjectNode of(GenerationResult result) {
        return Json.object().put("id", result.id()).<ObjectNode>set("finish_reason", reason(result))
                .put("prompt_tokens", result.promptTokens()).put("completion_tokens", result.completionTokens()).put("cached_tokens", result.cachedTokens())
                .put("num_retractions", result.stats().retractions()).put("e2e_latency", result.stats().seconds()).put("weight_version", "default");
    }

    static ObjectNode reason(GenerationResult result) {
        var reason = Json.object().put("type", result.finishReason().type());
        return switch (result.finishReason()) {
            case FinishReason.Length length -> reason.put("length", result.completionTokens());
            case FinishReason.Abort abort -> reason.put("message", abort.message());
            case FinishReason.Stop stop when stop.matchedId().isPresent() -> reason.put("matched", stop.matchedId().getAsInt());
            case FinishReason.Stop stop -> reason.put("matched", stop.matchedText().orElse(null));
        };
    }

    /** Adds log-probabilities: each a value, an id and, where wanted, a text. */
    static void logprobs(ObjectNode meta, String of, List<TokenLogprob> tokens, boolean top, Optional<TokenTexts> texts) {
        var values = meta.putArray(of + "_token_logprobs");
        tokens.forEach(token -> values.add(entry(token.logprob().isPresent() ? token.logprob().getAsDouble() : null, token.id(), texts)));
        if (top) {
            var tops = meta.putArray(of + "_top_logprobs");
            for (var token : tokens) {
                if (token.logprob().isEmpty()) {
                    tops.addNull();
                } else {
                    var candidates = tops.addArray();
                    token.top().forEach(candidate -> candidates.add(entry(candidate.logprob(), candidate.id(), texts)));
                }
            }
        }
    }

    private static ArrayNode entry(Double logprob, int id, Optional<TokenTexts> texts) {
        return Json.array().add(logprob).add(id).add(texts.map(found -> found.of(id)).orElse(null));
    }
}
