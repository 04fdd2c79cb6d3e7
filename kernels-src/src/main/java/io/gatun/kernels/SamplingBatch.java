package io.gatun.kernels;

import io.gatun.memory.Tensor;

/**
 * How the next token of each request is drawn.
 *
 * @param temperature f32 [B], what logits are divided by; 0 takes the likeliest token
 * @param topK i32 [B], how many likeliest tokens stay; 0 or less for all
 * @param topP f32 [B], the probability that those which stay have together; 1 for all
 * @param minP f32 [B], the share of the likeliest one's probability that those which stay have at least
 * @param seeds i64 [B]
 * @param steps i32 [B], which token of its request's output this is; with the seed it gives the random numbers
 */
public record SamplingBatch(Tensor temperature, Tensor topK, Tensor topP, Tensor minP, Tensor seeds, Tensor steps) {
}
