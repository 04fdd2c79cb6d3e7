package io.gatun.runtime.layers;

import io.gatun.kernels.ElementwiseOp;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.model.CausalLm;
import io.gatun.runtime.weights.WeightSource;

/** A decoder that predicts the next token. A family extends it with what its own {@link DecoderModel} is made of. */
public class DecoderLm implements CausalLm {
    private final DecoderModel model;
    private final LmHead lmHead;
    private final LogitsProcessor logitsProcessor;

    /**
     * A decoder with the head {@code lm_head}, or a tied one where config.json says so.
     *
     * @param weights of the whole checkpoint
     * @param onLogits what becomes of the logits
     */
    protected DecoderLm(ModelConfig config, WeightSource weights, DecoderModel model, ElementwiseOp... onLogits) {
        this.model = model;
        lmHead = LmHead.load(config, weights, model.embedTokens());
        logitsProcessor = new LogitsProcessor(weights.context(), onLogits);
    }

    @Override
    public LogitsOutput forward(Tensor inputIds, Tensor positions, ForwardBatch batch) {
        return logitsProcessor.forward(inputIds, model.forward(inputIds, positions, batch), lmHead, batch);
    }
}
