package io.gatun.runtime.layers;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.model.CausalLm;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;
import java.util.OptionalInt;

/** A decoder that scores a sequence, after its last token, by classes; with one class it is a reward model. */
public final class SequenceClassifier implements CausalLm {
    private final LayerContext context;
    private final DecoderModel model;
    private final Linear score;

    /** A decoder with the head {@code score}. */
    public SequenceClassifier(ModelConfig config, WeightSource weights, DecoderModel model) {
        context = weights.context();
        this.model = model;
        score = Linear.load(weights.scope("score"), config.numLabels(), config.hiddenSize(), false);
        weights.ignore("lm_head.weight");
    }

    @Override
    public OptionalInt numLabels() {
        return OptionalInt.of((int) score.outFeatures());
    }

    @Override
    public LogitsOutput forward(Tensor inputIds, Tensor positions, ForwardBatch batch) {
        var scores = score.forwardForStep(model.forward(inputIds, positions, batch));
        batch.extra().pooledHidden().ifPresent(pooled -> context.kernels().embedding().sumRows(scores, pooled.from(), pooled.to(), pooled.sums()));
        var last = context.workspace().allocateForStep(DType.F32, batch.size(), scores.dim(1));
        context.kernels().embedding().gatherRows(scores, batch.lastRows(), last);
        return new LogitsOutput(last);
    }
}
