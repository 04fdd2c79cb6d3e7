package io.gatun.runtime.layers;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;
import java.util.List;
import java.util.Optional;

/** A linear projection, or several of the same input merged into one: their outputs lie side by side. */
public final class Linear {
    private final LayerContext context;
    private final Tensor weight;
    private final Optional<Tensor> bias;

    private Linear(LayerContext context, Tensor weight, Optional<Tensor> bias) {
        this.context = context;
        this.weight = weight;
        this.bias = bias;
    }

    /** A projection from {@code in} to {@code out} features with {@code weight} and, if {@code hasBias}, {@code bias}. */
    public static Linear load(WeightSource weights, long out, long in, boolean hasBias) {
        return new Linear(weights.context(), weights.tensor("weight", out, in), hasBias ? Optional.of(weights.tensor("bias", out)) : Optional.empty());
    }

    /** The projections {@code names} below {@code weights} as one, in this order; {@code out} gives the output features of each. */
    public static Linear loadMerged(WeightSource weights, List<String> names, long[] out, long in, boolean hasBias) {
        return new Linear(weights.context(), weights.stacked("weight", names, out, in),
                hasBias ? Optional.of(weights.stacked("bias", names, out)) : Optional.empty());
    }

    /** A projection without bias whose weights {@code name} are stored with their inputs first, [in, out]. */
    public static Linear loadTransposed(WeightSource weights, String name, long out, long in) {
        return new Linear(weights.context(), weights.transposed(name, 1, out, in).view(out, in), Optional.empty());
    }

    /** {@code x} [T, in] to [T, out]. */
    public Tensor forward(Tensor x) {
        var out = context.workspace().allocate(context.activationType(), x.dim(0), weight.dim(0));
        forward(x, out);
        return out;
    }

    /** {@code x} [T, in] to fp32 [T, out] that lasts for the step. */
    Tensor forwardForStep(Tensor x) {
        var out = context.workspace().allocateForStep(DType.F32, x.dim(0), weight.dim(0));
        forward(x, out);
        return out;
    }

    long outFeatures() {
        return weight.dim(0);
    }

    static Linear of(LayerContext context, Tensor weight) {
        return of(context, weight, Optional.empty());
    }

    static Linear of(LayerContext context, Tensor weight, Optional<Tensor> bias) {
        return new Linear(context, weight, bias);
    }

    /** {@code x} [T, in] to {@code out} [T, out]. */
    void forward(Tensor x, Tensor out) {
        var kernels = context.kernels().linear();
        if (bias.isPresent()) {
            kernels.linear(x, weight, bias.get(), out);
        } else {
            kernels.linear(x, weight, out);
        }
    }
}

