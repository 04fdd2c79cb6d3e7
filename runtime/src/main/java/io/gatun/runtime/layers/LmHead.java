package io.gatun.runtime.layers;

import io.gatun.memory.Tensor;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.weights.WeightSource;

/** The projection from hidden states to a logit for each token of the vocabulary. */
public final class LmHead {
    private final Linear projection;

    LmHead(Linear projection) {
        this.projection = projection;
    }

    public static LmHead load(WeightSource weights, long vocabSize, long hiddenSize) {
        return new LmHead(Linear.load(weights, vocabSize, hiddenSize, false));
    }

    /**
     * The head {@code lm_head}, or {@code embedTokens} again where the two are tied.
     *
     * @param weights of the whole checkpoint
     */
    public static LmHead load(ModelConfig config, WeightSource weights, VocabEmbedding embedTokens) {
        if (config.tieWordEmbeddings()) {
            weights.ignore("lm_head.weight");
            return embedTokens.tied();
        }
        return load(weights.scope("lm_head"), config.vocabSize(), config.hiddenSize());
    }

    /** [B, H] to fp32 [B, V], which lasts for the step. */
    Tensor forward(Tensor hidden) {
        return projection.forwardForStep(hidden);
    }

    /** [B, H] to fp32 {@code logits} [B, V]. */
    void forward(Tensor hidden, Tensor logits) {
        projection.forward(hidden, logits);
    }

    long vocabSize() {
        return projection.outFeatures();
    }
}
