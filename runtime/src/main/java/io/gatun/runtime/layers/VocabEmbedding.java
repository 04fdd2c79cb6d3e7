package io.gatun.runtime.layers;

import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;
import java.util.Optional;

/** A vector for each token of the vocabulary. */
public final class VocabEmbedding {
    private final LayerContext context;
    private final Tensor weight;
    private final Optional<Elementwise> scale;

    private VocabEmbedding(LayerContext context, Tensor weight, Optional<Elementwise> scale) {
        this.context = context;
        this.weight = weight;
        this.scale = scale;
    }

    public static VocabEmbedding load(WeightSource weights, long vocabSize, long hiddenSize) {
        return new VocabEmbedding(weights.context(), weights.tensor("weight", vocabSize, hiddenSize), Optional.empty());
    }

    /** The same, each vector multiplied by {@code factor}; a head tied to it is not. */
    public VocabEmbedding scaledBy(double factor) {
        return new VocabEmbedding(context, weight, Optional.of(new Elementwise(context, Elementwise.multiply(factor))));
    }

    /** i32 ids [T] to [T, H], which lasts for the step. */
    public Tensor forward(Tensor inputIds) {
        var out = context.workspace().allocateForStep(context.activationType(), inputIds.dim(0), weight.dim(1));
        context.kernels().embedding().embed(inputIds, weight, out);
        scale.ifPresent(multiplier -> multiplier.forward(out));
        return out;
    }

    /** A language-model head with these same weights. */
    public LmHead tied() {
        return new LmHead(Linear.of(context, weight));
    }
}
