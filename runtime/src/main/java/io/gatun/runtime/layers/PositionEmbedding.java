package io.gatun.runtime.layers;

import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;

/** A learned vector for each place in a picture. */
public final class PositionEmbedding {
    private final LayerContext context;
    private final Tensor weight;

    private PositionEmbedding(LayerContext context, Tensor weight) {
        this.context = context;
        this.weight = weight;
    }

    /** The vectors of {@code weight} [places, hiddenSize]. */
    public static PositionEmbedding load(WeightSource weights, long places, long hiddenSize) {
        return new PositionEmbedding(weights.context(), weights.tensor("weight", places, hiddenSize));
    }

    /**
     * Adds to each row of {@code x} the vector of its place, and returns {@code x}.
     *
     * @param x [pictures * places, H]
     */
    public Tensor forward(Tensor x) {
        long places = weight.dim(0);
        if (x.dim(0) % places != 0) {
            throw new IllegalArgumentException("position embedding: x is " + x + " but must have a multiple of " + places + " rows, a picture's places");
        }
        for (long from = 0; from < x.dim(0); from += places) {
            context.kernels().norm().add(weight, x.narrowRows(from, places));
        }
        return x;
    }
}
