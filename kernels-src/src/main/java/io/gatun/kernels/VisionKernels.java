package io.gatun.kernels;

import io.gatun.memory.Tensor;

/** What towers that see need besides the operations of decoders. */
public interface VisionKernels {

    /**
     * Attention of all rows of a segment to each other, in both directions: {@code out = softmax(scale * q · kᵀ) · v} of each head.
     *
     * @param q [T, heads * headDim], rows may have gaps
     * @param k [T, heads * headDim], rows may have gaps
     * @param v [T, heads * headDim], rows may have gaps
     * @param out [T, heads * headDim], rows may have gaps
     */
    void attention(Tensor q, Tensor k, Tensor v, Segments segments, int headDim, float scale, Tensor out);
}
