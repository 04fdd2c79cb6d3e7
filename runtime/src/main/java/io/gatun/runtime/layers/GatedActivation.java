package io.gatun.runtime.layers;

import io.gatun.kernels.Activation;
import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;

/** The activation of a gated feed-forward block: of the gates, times what they gate. */
public final class GatedActivation {
    private final LayerContext context;
    private final Activation activation;

    public GatedActivation(LayerContext context, Activation activation) {
        this.context = context;
        this.activation = activation;
    }

    /** [T, 2 * I], as {@link io.gatun.kernels.ActivationKernels#gatedMul} takes it, to [T, I]. */
    public Tensor forward(Tensor gateUp) {
        var out = context.workspace().allocate(gateUp.dtype(), gateUp.dim(0), gateUp.dim(1) / 2);
        context.kernels().activation().gatedMul(activation, gateUp, out);
        return out;
    }
}
