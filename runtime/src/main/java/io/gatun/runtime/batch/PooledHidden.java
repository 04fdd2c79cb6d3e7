package io.gatun.runtime.batch;

import io.gatun.memory.Tensor;

/**
 * Rows of a step's last hidden states that are summed up, for embeddings.
 *
 * @param from i32 [N], the first row of each sum
 * @param to i32 [N], the row after its last
 * @param sums f32 [N, H], filled
 */
public record PooledHidden(Tensor from, Tensor to, Tensor sums) {
}
