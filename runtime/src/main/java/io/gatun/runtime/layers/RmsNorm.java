package io.gatun.runtime.layers;

import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;

/** Root mean square norm. */
public final class RmsNorm {
    private final LayerContext context;
    private final Tensor weight;
    private final float eps;

    private RmsNorm(LayerContext context, Tensor weight, float eps) {
        this.context = context;
        this.weight = weight;
        this.eps = eps;
    }

    public static RmsNorm load(WeightSource weights, long hiddenSize, float eps) {
        return new RmsNorm(weights.context(), weights.tensor("weight", hiddenSize), eps);
    }

    /** The normalised value of the stream [T, H]; what was last added to the stream is folded in on the way. */
    public Tensor forward(ResidualStream stream) {
        return stream.fold((x, residual) -> {
            var out = context.workspace().allocate(context.activationType(), residual.dim(0), residual.dim(1));
            x.ifPresentOrElse(added -> context.kernels().norm().addRmsNorm(added, residual, weight, eps, out),
                    () -> context.kernels().norm().rmsNorm(residual, weight, eps, out));
            return out;
        });
    }
}
