package io.gatun.runtime.layers;

import io.gatun.kernels.Activation;
import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;

/** The feed-forward block without gates: {@code second(activation(first(x)))}. */
public final class Mlp implements FeedForward {
    private final LayerContext context;
    private final Linear first;
    private final Activation activation;
    private final Linear second;

    private Mlp(LayerContext context, Linear first, Activation activation, Linear second) {
        this.context = context;
        this.first = first;
        this.activation = activation;
        this.second = second;
    }

    /** The block of a tower's layer, {@code fc1} and {@code fc2} with biases. */
    public static Mlp load(WeightSource weights, long hidden, long intermediate, Activation activation) {
        return load(weights, new String[] {"fc1", "fc2"}, new long[] {hidden, intermediate, hidden}, activation, true);
    }

    /**
     * A block by the names of its projections, such as a merger's {@code mlp.0} and {@code mlp.2}.
     *
     * @param sizes features in, between and out
     */
    public static Mlp load(WeightSource weights, String[] names, long[] sizes, Activation activation, boolean bias) {
        return new Mlp(weights.context(), Linear.load(weights.scope(names[0]), sizes[1], sizes[0], bias), activation,
                Linear.load(weights.scope(names[1]), sizes[2], sizes[1], bias));
    }

    @Override
    public Tensor forward(Tensor x) {
        var between = first.forward(x);
        context.kernels().activation().activate(activation, between);
        return second.forward(between);
    }
}
