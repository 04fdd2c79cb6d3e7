package io.gatun.kernels;

import io.gatun.memory.Tensor;

/** Normalisation of rows. */
public interface NormKernels {

    /**
     * Root mean square norm (Zhang and Sennrich 2019): {@code out = x / sqrt(mean(x²) + eps) * weight}, normalised in fp32, rounded to the dtype, then
     * multiplied, as Hugging Face does.
     *
     * @param x [T, H], rows may have gaps
     * @param weight [H]
     * @param out [T, H]
     */
    void rmsNorm(Tensor x, Tensor weight, float eps, Tensor out);

    /**
     * {@code residual += x; out = rmsNorm(residual)}. {@code x} and {@code out} may be the same tensor.
     *
     * @param residual [T, H], changed in place
     */
    void addRmsNorm(Tensor x, Tensor residual, Tensor weight, float eps, Tensor out);
}
