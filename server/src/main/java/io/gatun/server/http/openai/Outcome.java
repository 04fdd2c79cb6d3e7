package io.gatun.server.http.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.server.http.Call;

/** How outputs ended. */
final class Outcome {
    private Outcome() {
    }

    /** Puts OpenAI's {@code finish_reason} and SGLang's {@code matched_stop} into a choice. */
    static ObjectNode finish(ObjectNode choice, FinishReason reason, boolean callsTools) {
        choice.put("finish_reason", callsTools && reason instanceof FinishReason.Stop ? "tool_calls" : reason.type());
        if (reason instanceof FinishReason.Stop stop && stop.matchedId().isPresent()) {
            return choice.put("matched_stop", stop.matchedId().getAsInt());
        }
        return choice.put("matched_stop", reason instanceof FinishReason.Stop stop ? stop.matchedText().orElse(null) : null);
    }

    /** Logs what a request took. */
    static void log(Call call, Usage usage, GenerationResult first) {
        call.log().put("prompt_tokens", usage.promptTokens()).put("cached_tokens", usage.cachedTokens()).put("completion_tokens", usage.completionTokens())
                .put("finish_reason", first.finishReason().type()).put("queue_seconds", rounded(first.stats().queueSeconds()))
                .put("first_token_seconds", rounded(first.stats().firstTokenSeconds()));
    }

    private static double rounded(double seconds) {
        return Math.round(seconds * 1e4) / 1e4;
    }
}
