package io.gatun.kernels;

import io.gatun.memory.Tensor;

/** Rows taken by index, summed or filled up. */
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

    /**
     * {@code out[t] = table[rows[t]]} where {@code rows[t]} is not negative; the other rows of {@code out} stay as they are.
     *
     * @param table [N, H], rows may have gaps
     * @param rows i32 [T], each below N
     * @param out [T, H], dtype of {@code table}
     */
    void mergeRows(Tensor table, Tensor rows, Tensor out);

    /**
     * {@code table[rows[i]] = x[i]}; the other rows of {@code table} stay as they are.
     *
     * @param x [n, H], rows may have gaps
     * @param rows i32 [n], each in [0, N), no two alike
     * @param table [N, H], dtype of {@code x}
     */
    void scatterRows(Tensor x, Tensor rows, Tensor table);

    /**
     * {@code out[i]} is the sum over j of {@code weights[i, j] * x[rows[i, j]]}, in fp32 and in this order, rounded once: a mean of rows, or an interpolation.
     *
     * @param x [N, H], rows may have gaps
     * @param rows i32 [M, K], each in [0, N)
     * @param weights f32 [M, K]
     * @param out [M, H], rows may have gaps, dtype of {@code x}
     */
    void combineRows(Tensor x, Tensor rows, Tensor weights, Tensor out);

    /**
     * {@code out[t]} is {@code x[t]} with zeros behind it.
     *
     * @param x [T, H], rows may have gaps
     * @param out [T, H'] with H' at least H, rows may have gaps, dtype of {@code x}
     */
    void padRows(Tensor x, Tensor out);

    /**
     * {@code out[i]} is the sum of the rows {@code from[i]} to {@code to[i]} of {@code x}, the last not included, in fp32.
     *
     * @param x [T, H], rows may have gaps
     * @param from i32 [N], each in [0, T)
     * @param to i32 [N], each in (from[i], T]
     * @param out f32 [N, H]
     */
    void sumRows(Tensor x, Tensor from, Tensor to, Tensor out);
}
