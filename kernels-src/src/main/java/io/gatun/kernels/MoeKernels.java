package io.gatun.kernels;

import io.gatun.memory.Tensor;
import java.util.Optional;

/** Mixtures of experts: each token goes through a few of many feed-forward layers (Shazeer et al. 2017). */
public interface MoeKernels {

    /**
     * Chooses each token's experts, the best first, of equal ones the one with the lower index.
     *
     * @param logits [T, E], rows may have gaps
     * @param bias f32 [E], added to scores for the choice alone
     * @param ids i32 [T, k] without gaps
     * @param weights f32 [T, k] without gaps: what each expert's output is multiplied by
     */
    void route(Tensor logits, Optional<Tensor> bias, Routing routing, Tensor ids, Tensor weights);

    /**
     * {@code out} is the sum over a token's experts, in the order of {@code ids}, of the weight times {@code down(activation(gateUp · x))}. The two
     * activations between and each expert's output are rounded to the dtype; the sum is fp32.
     *
     * @param x [T, H], rows may have gaps; on a GPU in the dtype of the weights
     * @param ids i32 [T, k], each in [0, E), without gaps
     * @param weights f32 [T, k] without gaps
     * @param out [T, H], dtype of {@code x}, rows may have gaps
     */
    void experts(Tensor x, Tensor ids, Tensor weights, ExpertWeights experts, Tensor out);

    /**
     * {@code out += x}, or {@code sigmoid(gate) * x}, in fp32: an expert that all tokens share.
     *
     * @param x [T, H], rows may have gaps
     * @param gate [T] or [T, 1] without gaps, dtype of {@code x}
     * @param out [T, H], dtype of {@code x}, rows may have gaps
     */
    void addShared(Tensor x, Optional<Tensor> gate, Tensor out);
}
