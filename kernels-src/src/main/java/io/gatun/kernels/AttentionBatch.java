package io.gatun.kernels;

import io.gatun.memory.Tensor;

/**
 * Which tokens of a batch belong to which request, and where their keys and values lie.
 *
 * @param size B, the number of requests
 * @param qoIndptr i32 [B + 1]: request b's new tokens are rows qoIndptr[b] to qoIndptr[b + 1]
 * @param kvLens i32 [B]: tokens of each request, the new ones included
 * @param pageTable i32 [B, maxPages]: each request's pages in order
 * @param maxQoLen the largest number of new tokens of a request (or a bound)
 * @param maxKvLen the largest of kvLens (or a bound)
 */
public record AttentionBatch(int size, Tensor qoIndptr, Tensor kvLens, Tensor pageTable, int maxQoLen, int maxKvLen) {
}
