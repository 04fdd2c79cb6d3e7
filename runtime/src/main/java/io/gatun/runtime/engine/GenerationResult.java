package io.gatun.runtime.engine;

import io.gatun.runtime.scheduler.RequestStats;
import java.util.Arrays;
import java.util.List;

/**
 * One output of a request.
 *
 * @param id the request's id, with {@code -i} after it where it has several outputs
 * @param text the new text, by default without special tokens and without the stop string that ended it; empty where there is no tokenizer
 * @param outputIds the new ids, the one that ended the text included
 * @param finishReason why it ended
 * @param promptTokens tokens of the prompt
 * @param logprobs of the output's tokens; empty unless asked for
 * @param promptLogprobs of the prompt's tokens from {@code logprobStartLen} on; empty unless asked for
 * @param stats how it went
 */
public record GenerationResult(String id, String text, int[] outputIds, FinishReason finishReason, int promptTokens, List<TokenLogprob> logprobs,
        List<TokenLogprob> promptLogprobs, RequestStats stats) {

    /** Tokens of the output. */
    public int completionTokens() {
        return outputIds.length;
    }

    /** Tokens of the prompt that the prefix cache had. */
    public int cachedTokens() {
        return stats.cachedTokens();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GenerationResult result && id.equals(result.id) && text.equals(result.text) && Arrays.equals(outputIds, result.outputIds)
                && finishReason.equals(result.finishReason) && promptTokens == result.promptTokens && logprobs.equals(result.logprobs)
                && promptLogprobs.equals(result.promptLogprobs) && stats.equals(result.stats);
    }

    @Override
    public int hashCode() {
        return 31 * id.hashCode() + Arrays.hashCode(outputIds);
    }

    @Override
    public String toString() {
        return "GenerationResult[" + id + ", " + finishReason + " after " + outputIds.length + " tokens: " + text + "]";
    }
}
