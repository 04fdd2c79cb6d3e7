package io.gatun.kernels;

import io.gatun.memory.Tensor;

/** Rows taken by index. */
public interface EmbeddingKernels {

    /**
     * {@code out[t] = weight[ids[t]]}, converted to the dtype of {@code out}.
     *
     * @param ids i32 [T], each in [0, V)
     * @param weight [V, H]
     * @param out [T, H]
     */
    void embed(Tensor ids, Tensor weight, Tensor out);

    /**
     * {@code out[i] = x[rows[i]]}.
     *
     * @param x [T, H]
     * @param rows i32 [B], each in [0, T)
     * @param out [B, H], dtype of {@code x}
     */
    void gatherRows(Tensor x, Tensor rows, Tensor out);
}
