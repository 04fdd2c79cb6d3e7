package io.gatun.runtime.multimodal;

import io.gatun.memory.Tensor;

/**
 * Embeddings that take the place of tokens' in a step.
 *
 * @param table [N, H]
 * @param rows i32 [T], the row of the table for each token, or -1 for a token of text
 */
public record MediaRows(Tensor table, Tensor rows) {
}
