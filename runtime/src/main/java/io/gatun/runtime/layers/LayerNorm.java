package io.gatun.runtime.layers;

import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;

/** Layer norm with weight and bias. */
public final class LayerNorm {
    private final LayerContext context;
    private final Tensor weight;
    private final Tensor bias;
    private final float eps;

    private LayerNorm(LayerContext context, Tensor weight, Tensor bias, float eps) {
        this.context = context;
        this.weight = weight;
        this.bias = bias;
        this.eps = eps;
    }

    /** The norm of {@code weight} and {@code bias}. */
    public static LayerNorm load(WeightSource weights, long hiddenSize, float eps) {
        return new LayerNorm(weights.context(), weights.tensor("weight", hiddenSize), weights.tensor("bias", hiddenSize), eps);
    }

    /** The normalised value of the stream [T, H]; what was last added to the stream is folded in on the way. */
    public Tensor forward(ResidualStream stream) {
        return stream.fold((x, residual) -> {
            var out = context.workspace().allocate(context.activationType(), residual.dim(0), residual.dim(1));
            x.ifPresentOrElse(added -> context.kernels().norm().addLayerNorm(added, residual, weight, bias, eps, out),
                    () -> context.kernels().norm().layerNorm(residual, weight, bias, eps, out));
            return out;
        });
    }

    /** Normalises {@code x} [T, H] in place, and returns it. */
    public Tensor forward(Tensor x) {
        context.kernels().norm().layerNorm(x, weight, bias, eps, x);
        return x;
    }
}
