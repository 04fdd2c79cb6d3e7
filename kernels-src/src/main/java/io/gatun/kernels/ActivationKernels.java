package io.gatun.kernels;

import io.gatun.memory.Tensor;

/** Activations of gated feed-forward layers. */
public interface ActivationKernels {

    /**
     * {@code out = silu(gate) * up} (SwiGLU, Shazeer 2020); silu is rounded to the dtype before the product.
     *
     * @param gateUp [T, 2 * I], the gate half first
     * @param out [T, I]
     */
    void siluAndMul(Tensor gateUp, Tensor out);
}
