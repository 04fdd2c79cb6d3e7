package io.gatun.kernels;

import io.gatun.memory.Tensor;

/**
 * Which tokens of a batch belong to which request, and where their keys and values lie.
 *
 * @param size B, the number of requests
 * @param qoIndptr i32 [B + 1]: request b's new tokens are rows qoIndptr[b] to qoIndptr[b + 1]
 * @param kvLens i32 [B]: tokens of each request, the new ones included
 * @param rows i32 [B]: where each request's pages stand in {@code pageTable}
 * @param pageTable i32 [R, maxPages]: pages in order, a row for each of the requests there may be
 * @param maxQoLen the largest number of new tokens of a request (or a bound)
 * @param maxKvLen the largest of kvLens (or a bound)
 */
public record AttentionBatch(int size, Tensor qoIndptr, Tensor kvLens, Tensor rows, Tensor pageTable, int maxQoLen, int maxKvLen) {
}
