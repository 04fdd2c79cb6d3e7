package io.gatun.runtime.layers;

import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;

/** SwiGLU's activation: the silu of the gate half times the other half. */
public final class SiluAndMul {
    private final LayerContext context;

    public SiluAndMul(LayerContext context) {
        this.context = context;
    }

    /** [T, 2 * I] to [T, I]. */
    public Tensor forward(Tensor gateUp) {
        var out = context.workspace().allocate(gateUp.dtype(), gateUp.dim(0), gateUp.dim(1) / 2);
        context.kernels().activation().siluAndMul(gateUp, out);
        return out;
    }
}
