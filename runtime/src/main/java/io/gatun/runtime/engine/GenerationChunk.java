package io.gatun.runtime.engine;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A piece of an output as it comes. The texts of an output's chunks, put together, are the text of its result; a code point is never split, and text that
 * may turn out to belong to a stop string is held back until that is known.
 *
 * @param index which of the request's {@code n} outputs
 * @param text the new text, which may be empty
 * @param outputIds the new ids; their text may come with a later chunk
 * @param logprobs of the new ids, where asked for
 * @param result the whole output, with its last chunk
 */
public record GenerationChunk(int index, String text, int[] outputIds, List<TokenLogprob> logprobs, Optional<GenerationResult> result) {

    /** Whether this is the last chunk of its output. */
    public boolean isLast() {
        return result.isPresent();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GenerationChunk chunk && index == chunk.index && text.equals(chunk.text) && Arrays.equals(outputIds, chunk.outputIds)
                && logprobs.equals(chunk.logprobs) && result.equals(chunk.result);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(outputIds);
    }

    @Override
    public String toString() {
        return "GenerationChunk[" + index + ": " + text + result.map(r -> ", " + r.finishReason().type()).orElse("") + "]";
    }
}
