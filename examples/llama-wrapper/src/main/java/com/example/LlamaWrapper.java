package com.example;

import io.gatun.kernels.ElementwiseOp;
import io.gatun.memory.Tensor;
import io.gatun.models.LlamaForCausalLM;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Elementwise;
import io.gatun.runtime.layers.LogitsOutput;
import io.gatun.runtime.weights.WeightSource;

/** Llama whose positive logits become their square roots. */
public final class LlamaWrapper extends LlamaForCausalLM {
    private static final ElementwiseOp SQRT = ElementwiseOp.of("sqrt_positive", "x > 0.f ? sqrtf(x) : x", x -> x > 0 ? (float) Math.sqrt(x) : x);

    private final Elementwise sqrt;

    public LlamaWrapper(ModelConfig config, WeightSource weights) {
        super(config, weights);
        sqrt = new Elementwise(weights.context(), SQRT);
    }

    @Override
    public LogitsOutput forward(Tensor inputIds, Tensor positions, ForwardBatch batch) {
        var out = super.forward(inputIds, positions, batch);
        sqrt.forward(out.nextTokenLogits());
        return out;
    }
}
