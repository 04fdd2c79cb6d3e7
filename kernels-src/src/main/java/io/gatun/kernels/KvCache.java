package io.gatun.kernels;

import io.gatun.memory.Tensor;

/**
 * Keys and values of one layer.
 *
 * @param k [pages, kvHeads, pageSize, headDim]
 * @param v as {@code k}
 */
public record KvCache(Tensor k, Tensor v) {

    public int kvHeads() {
        return (int) k.dim(1);
    }

    /** Tokens in a page, a power of two. */
    public int pageSize() {
        return (int) k.dim(2);
    }

    public int headDim() {
        return (int) k.dim(3);
    }
}
