package io.gatun.server.http.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.server.http.Json;

/** Counts the tokens of a request: a prompt once, however many outputs it has. */
final class Usage {
    private long promptTokens;
    private long cachedTokens;
    private long completionTokens;

    /** An output has ended; {@code first} says whether it is the first of its prompt. */
    void add(GenerationResult result, boolean first) {
        add(result, first, result.completionTokens());
    }

    /** The same, of which so many tokens count. */
    void add(GenerationResult result, boolean first, int tokens) {
        if (first) {
            promptTokens += result.promptTokens();
            cachedTokens += result.cachedTokens();
        }
        completionTokens += tokens;
    }

    ObjectNode json() {
        var usage = Json.object().put("prompt_tokens", promptTokens).put("completion_tokens", completionTokens)
                .put("total_tokens", promptTokens + completionTokens);
        usage.putObject("prompt_tokens_details").put("cached_tokens", cachedTokens);
        return usage;
    }

    long promptTokens() {
        return promptTokens;
    }

    long completionTokens() {
        return completionTokens;
    }

    long cachedTokens() {
        return cachedTokens;
    }
}
