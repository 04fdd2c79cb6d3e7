package io.gatun.runtime.layers;

import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;

/** A vector for each token of the vocabulary. */
public final class VocabEmbedding {
    private final LayerContext context;
    private final Tensor weight;

    private VocabEmbedding(LayerContext context, Tensor weight) {
        this.context = context;
        this.weight = weight;
    }

    public static VocabEmbedding load(WeightSource weights, long vocabSize, long hiddenSize) {
        return new VocabEmbedding(weights.context(), weights.tensor("weight", vocabSize, hiddenSize));
    }

    /** i32 ids [T] to [T, H], which lasts for the step. */
    public Tensor forward(Tensor inputIds) {
        var out = context.workspace().allocateForStep(context.activationType(), inputIds.dim(0), weight.dim(1));
        context.kernels().embedding().embed(inputIds, weight, out);
        return out;
    }

    /** A language-model head with these same weights. */
    public LmHead tied() {
        return new LmHead(Linear.of(context, weight));
    }
}
