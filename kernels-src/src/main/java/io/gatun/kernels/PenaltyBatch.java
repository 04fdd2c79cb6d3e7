package io.gatun.kernels;

import io.gatun.memory.Tensor;

/**
 * How the logits of each request are changed before a token is drawn.
 *
 * @param counts i32 [S, V], how often each token occurred: {@link SamplingKernels#IN_PROMPT} tells of the prompt, the bits below count the output
 * @param slots i32 [B], each request's row of counts, or -1 for no penalties
 * @param repetition f32 [B], divides positive and multiplies negative logits of tokens in prompt or output
 * @param frequency f32 [B], taken off for each time in the output
 * @param presence f32 [B], taken off once for a token in the output
 * @param biasStart i32 [B + 1], where each request's biases begin
 * @param biasIds i32 [N], tokens; what a request gives one token twice adds up
 * @param biasValues f32 [N], what is added to their logits, after the penalties
 */
public record PenaltyBatch(Tensor counts, Tensor slots, Tensor repetition, Tensor frequency, Tensor presence, Tensor biasStart, Tensor biasIds,
        Tensor biasValues) {
}
