package io.gatun.runtime.layers;

import io.gatun.kernels.NormStyle;
import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;

/** Root mean square norm. */
public final class RmsNorm {
    private final LayerContext context;
    private final Tensor weight;
    private final float eps;
    private final NormStyle style;

    private RmsNorm(LayerContext context, Tensor weight, float eps, NormStyle style) {
        this.context = context;
        this.weight = weight;
        this.eps = eps;
        this.style = style;
    }

    /** A norm in Llama's style. */
    public static RmsNorm load(WeightSource weights, long hiddenSize, float eps) {
        return load(weights, hiddenSize, eps, NormStyle.LLAMA);
    }

    public static RmsNorm load(WeightSource weights, long hiddenSize, float eps, NormStyle style) {
        return new RmsNorm(weights.context(), weights.tensor("weight", hiddenSize), eps, style);
    }

    /** The normalised value of the stream [T, H]; what was last added to the stream is folded in on the way. */
    public Tensor forward(ResidualStream stream) {
        return stream.fold((x, residual) -> {
            var out = context.workspace().allocate(context.activationType(), residual.dim(0), residual.dim(1));
            x.ifPresentOrElse(added -> context.kernels().norm().addRmsNorm(added, residual, weight, eps, style, out),
                    () -> context.kernels().norm().rmsNorm(residual, weight, eps, style, out));
            return out;
        });
    }

    /** Normalises a sublayer's output [T, H], or q or k as a whole, in place, and returns it. */
    public Tensor forward(Tensor x) {
        context.kernels().norm().rmsNorm(x, weight, eps, style, x);
        return x;
    }

    /** Normalises each head of {@code x} [T, heads * D] by itself, in place; D is the weight's size. */
    void forwardHeads(Tensor x) {
        context.kernels().norm().rmsNormHeads(x, weight, eps, style);
    }
}
