package io.gatun.kernels;

import io.gatun.memory.Tensor;

/** Activations of gated feed-forward layers. */
public interface ActivationKernels {

    /**
     * {@code out = activation(gate) * up}; what becomes of the gate is rounded to the dtype before the product.
     *
     * @param gateUp [T, 2 * I], the gates first, or each before its up where {@link Activation#interleaved()}
     * @param out [T, I]
     */
    void gatedMul(Activation activation, Tensor gateUp, Tensor out);
}
