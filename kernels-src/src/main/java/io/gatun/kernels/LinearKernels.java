package io.gatun.kernels;

import io.gatun.memory.Tensor;

/** Products of activations with weights as checkpoints hold them, output features first. Sums are kept in fp32. */
public interface LinearKernels {

    /**
     * {@code out = x · weightᵀ}.
     *
     * @param x [M, K], rows may have gaps
     * @param weight [N, K]
     * @param out [M, N], rows may have gaps; the dtype of {@code x} or F32
     */
    void linear(Tensor x, Tensor weight, Tensor out);

    /**
     * {@code out = x · weightᵀ + bias}.
     *
     * @param bias [N], dtype of {@code weight}
     */
    void linear(Tensor x, Tensor weight, Tensor bias, Tensor out);

    /**
     * A product for each of several heads: {@code out[t, h] = x[t, h] · weight[h]ᵀ}. A row's bits do not depend on how many rows there are.
     *
     * @param x [M, H * K], rows may have gaps
     * @param weight [H, N, K], dtype of {@code x} on a GPU
     * @param out [M, H * N], rows may have gaps; the dtype of {@code x}
     */
    void linearHeads(Tensor x, Tensor weight, Tensor out);
}
