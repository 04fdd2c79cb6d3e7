package io.gatun.runtime.layers;

import io.gatun.memory.Tensor;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.weights.WeightSource;
import java.util.List;

/** The gated feed-forward block: {@code down(silu(gate(x)) * up(x))}, gate and up merged. */
public final class GatedMlp {
    private final Linear gateUpProj;
    private final SiluAndMul activation;
    private final Linear downProj;

    public GatedMlp(ModelConfig config, WeightSource weights) {
        config.requireActivation("silu");
        long hidden = config.hiddenSize();
        long intermediate = config.intermediateSize();
        gateUpProj = Linear.loadMerged(weights, List.of("gate_proj", "up_proj"), new long[] {intermediate, intermediate}, hidden, config.mlpBias());
        activation = new SiluAndMul(weights.context());
        downProj = Linear.load(weights.scope("down_proj"), hidden, intermediate, config.mlpBias());
    }

    /** [T, H] to [T, H]. */
    public Tensor forward(Tensor x) {
        return downProj.forward(activation.forward(gateUpProj.forward(x)));
    }
}
