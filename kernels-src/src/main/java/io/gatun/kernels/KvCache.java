package io.gatun.kernels;

import io.gatun.memory.Tensor;

/**
 * Keys and values of one layer.
 *
 * @param k [pages, kvHeads, pageSize, headDim]
 * @param v [pages, kvHeads, pageSize, valueDim]
 */
public record KvCache(Tensor k, Tensor v) {

    public int kvHeads() {
        return (int) k.dim(1);
    }

    /** Tokens in a page, a power of two. */
    public int pageSize() {
        return (int) k.dim(2);
    }

    /** Elements of a key of one head, and of a query. */
    public int headDim() {
        return (int) k.dim(3);
    }

    /** Elements of a value of one head, and of its output. */
    public int valueDim() {
        return (int) v.dim(3);
    }
}
