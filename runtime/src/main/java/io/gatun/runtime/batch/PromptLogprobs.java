package io.gatun.runtime.batch;

import io.gatun.memory.Tensor;

/**
 * Tokens of prompts whose logprobs are wanted, and where these go.
 *
 * @param rows i32 [N], the rows of the step after which the tokens come
 * @param targets i32 [N], the tokens
 * @param logprobs f32 [N], filled
 * @param topIds i32 [N, k], filled with the likeliest tokens; k may be 0
 * @param topLogprobs f32 [N, k], filled with their logprobs
 */
public record PromptLogprobs(Tensor rows, Tensor targets, Tensor logprobs, Tensor topIds, Tensor topLogprobs) {
}
