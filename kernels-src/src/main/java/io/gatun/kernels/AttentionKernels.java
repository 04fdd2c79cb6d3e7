package io.gatun.kernels;

import io.gatun.memory.Tensor;

/** Causal attention of new tokens over a paged KV cache (PagedAttention, Kwon et al. 2023), with grouped query heads. */
public interface AttentionKernels {

    /**
     * Stores the new tokens' keys and values.
     *
     * @param k [T, kvHeads * headDim], rows may have gaps
     * @param v [T, kvHeads * valueDim], rows may have gaps
     * @param slots i32 [T]: page * pageSize + offset of each token
     */
    void writeKv(Tensor k, Tensor v, Tensor slots, KvCache cache);

    /**
     * Attention of several new tokens a request over its prefix and themselves; their keys and values are in the cache already. The new token i of n in
     * a request with L tokens sees positions 0 to L - n + i, or the last of them that the window has room for; and with {@link AttentionBatch#blockEnds()}
     * those that follow up to there, as far as they are in the cache (Gemma 3).
     *
     * @param q [T, heads * headDim], rows may have gaps
     * @param out [T, heads * valueDim]
     */
    void extend(Tensor q, KvCache cache, AttentionBatch batch, AttentionOptions options, Tensor out);

    /**
     * Attention of one new token a request, over all its tokens or the last of them that the window has room for.
     *
     * @param q [B, heads * headDim], rows may have gaps
     * @param out [B, heads * valueDim]
     */
    void decode(Tensor q, KvCache cache, AttentionBatch batch, AttentionOptions options, Tensor out);
}
