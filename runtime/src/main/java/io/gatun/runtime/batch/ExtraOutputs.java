package io.gatun.runtime.batch;

import java.util.Optional;

/**
 * What a step is asked for besides the logits of its last tokens.
 *
 * @param promptLogprobs tokens of prompts whose logprobs are wanted
 * @param pooledHidden hidden states that are summed up
 */
public record ExtraOutputs(Optional<PromptLogprobs> promptLogprobs, Optional<PooledHidden> pooledHidden) {
    /** Nothing. */
    public static final ExtraOutputs NONE = new ExtraOutputs(Optional.empty(), Optional.empty());
}
