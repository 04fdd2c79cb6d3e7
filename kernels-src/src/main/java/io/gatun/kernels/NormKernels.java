package io.gatun.kernels;

import io.gatun.memory.Tensor;

/** Normalisation of rows, and the sums that come before it. */
public interface NormKernels {

    /**
     * Root mean square norm (Zhang and Sennrich 2019): {@code out = x / sqrt(mean(x²) + eps) * weight}, normalised in fp32.
     *
     * @param x [T, H], rows may have gaps
     * @param weight [H]
     * @param out [T, H]; may be {@code x}
     */
    void rmsNorm(Tensor x, Tensor weight, float eps, NormStyle style, Tensor out);

    /**
     * {@code residual += x; out = rmsNorm(residual)}. {@code x} and {@code out} may be the same tensor.
     *
     * @param residual [T, H], changed in place
     */
    void addRmsNorm(Tensor x, Tensor residual, Tensor weight, float eps, NormStyle style, Tensor out);

    /**
     * The norm of each head by itself, in place.
     *
     * @param x [T, heads * D], rows may have gaps
     * @param weight [D]
     */
    void rmsNormHeads(Tensor x, Tensor weight, float eps, NormStyle style);

    /**
     * {@code residual += x}.
     *
     * @param x [T, H], rows may have gaps
     * @param residual [T, H]
     */
    void add(Tensor x, Tensor residual);

    /**
     * Layer norm (Ba et al. 2016): {@code out = (x - mean(x)) / sqrt(var(x) + eps) * weight + bias}, in fp32 and rounded once.
     *
     * @param x [T, H], rows may have gaps
     * @param weight [H]
     * @param bias [H]
     * @param out [T, H]; may be {@code x}
     */
    void layerNorm(Tensor x, Tensor weight, Tensor bias, float eps, Tensor out);

    /**
     * {@code residual += x; out = layerNorm(residual)}. {@code x} and {@code out} may be the same tensor.
     *
     * @param residual [T, H], changed in place
     */
    void addLayerNorm(Tensor x, Tensor residual, Tensor weight, Tensor bias, float eps, Tensor out);

    /** {@link #rmsNorm} in Llama's style. */
    default void rmsNorm(Tensor x, Tensor weight, float eps, Tensor out) {
        rmsNorm(x, weight, eps, NormStyle.LLAMA, out);
    }

    /** {@link #addRmsNorm} in Llama's style. */
    default void addRmsNorm(Tensor x, Tensor residual, Tensor weight, float eps, Tensor out) {
        addRmsNorm(x, residual, weight, eps, NormStyle.LLAMA, out);
    }
}
