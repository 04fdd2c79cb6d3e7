package io.gatun.runtime.engine;

import java.util.Arrays;

/**
 * What came of one prompt.
 *
 * @param text the new text, without special tokens; empty where there is no tokenizer
 * @param outputIds the new ids, the one that ended the text included
 * @param finishReason why it ended
 * @param promptTokens tokens of the prompt
 */
public record GenerationResult(String text, int[] outputIds, FinishReason finishReason, int promptTokens) {

    /** Why a text ended. */
    public enum FinishReason {
        /** An end-of-sequence token came. */
        STOP,
        /** As many tokens as asked for, or as the context holds. */
        LENGTH
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GenerationResult result && text.equals(result.text) && Arrays.equals(outputIds, result.outputIds)
                && finishReason == result.finishReason && promptTokens == result.promptTokens;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(outputIds);
    }

    @Override
    public String toString() {
        return "GenerationResult[" + finishReason + " after " + outputIds.length + " tokens: " + text + "]";
    }
}
