package io.gatun.kernels;

import io.gatun.memory.Tensor;

/** Rotary position embedding (Su et al. 2021). */
public interface RopeKernels {

    /**
     * Rotates the first {@code 2 * cos.cols()} elements of each head of {@code q} and {@code k} in place.
     *
     * @param q [T, heads * headDim], rows may have gaps
     * @param k [T, kvHeads * headDim], rows may have gaps
     * @param positions i32 [T], each in [0, P); or i32 [3, T], rows may have gaps, where the table has {@link RopeTable#sections()}
     */
    void rope(Tensor q, Tensor k, Tensor positions, RopeTable table, int headDim);

    /**
     * The same with a table that has a row for each token, in their order, and no sections.
     *
     * @param q [T, heads * headDim], rows may have gaps
     * @param k [T, kvHeads * headDim], rows may have gaps
     */
    void rope(Tensor q, Tensor k, RopeTable table, int headDim);
}
