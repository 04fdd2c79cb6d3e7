package io.gatun.kernels;

import io.gatun.memory.Tensor;

/** Activations of feed-forward layers. */
public interface ActivationKernels {

    /**
     * {@code out = activation(gate) * up}; what becomes of the gate is rounded to the dtype before the product.
     *
     * @param gateUp [T, 2 * I], the gates first, or each before its up where {@link Activation#interleaved()}
     * @param out [T, I]
     */
    void gatedMul(Activation activation, Tensor gateUp, Tensor out);

    /**
     * {@code x = activation(x)}, in fp32 and rounded once.
     *
     * @param activation any but {@link Activation#CLAMPED_SWIGLU}, which needs gates
     * @param x [T, I], rows may have gaps
     */
    void activate(Activation activation, Tensor x);
}
