package io.gatun.kernels;

import io.gatun.memory.Tensor;

/**
 * Multi-head latent attention (DeepSeek-V2, 2024) in its absorbed form: of a token the cache keeps one latent of {@code rank} elements and one rotated key
 * of {@code rope} elements behind it, which all heads share. Scores are products with both; values are the latents themselves.
 */
public interface MlaKernels {

    /**
     * Stores the new tokens' latents and rotated keys.
     *
     * @param latent [T, rank], rows may have gaps
     * @param rope [T, rope], rows may have gaps
     * @param slots i32 [T]: page * pageSize + offset of each token
     * @param cache [pages, 1, pageSize, rank + rope]
     */
    void write(Tensor latent, Tensor rope, Tensor slots, Tensor cache);

    /**
     * Causal attention of several new tokens a request, which are in the cache already, as {@link AttentionKernels#extend}.
     *
     * @param qLatent [T, heads * rank], each head's query multiplied by its part of the key projection; rows may have gaps
     * @param qRope [T, heads * rope], the rotated part of each head's query; rows may have gaps
     * @param cache [pages, 1, pageSize, rank + rope]
     * @param scale what the products of queries and keys are multiplied with
     * @param out [T, heads * rank], each head's weighted sum of latents
     */
    void extend(Tensor qLatent, Tensor qRope, Tensor cache, AttentionBatch batch, float scale, Tensor out);

    /** As {@link #extend}, of one new token a request: row b is request b. */
    void decode(Tensor qLatent, Tensor qRope, Tensor cache, AttentionBatch batch, float scale, Tensor out);
}
