package io.gatun.kernels;

import io.gatun.memory.Tensor;

/** Contents for tensors that no checkpoint gives as they are needed. */
public interface FillKernels {

    /**
     * Fills a tensor with normally distributed numbers that depend on the seed and the position alone.
     *
     * @param out any floating-point dtype, contiguous
     */
    void randomNormal(Tensor out, long seed, float mean, float std);

    /**
     * {@code out = in}, rounded to the dtype of {@code out}.
     *
     * @param in any floating-point dtype, contiguous
     * @param out any floating-point dtype, as many elements
     */
    void cast(Tensor in, Tensor out);
}
