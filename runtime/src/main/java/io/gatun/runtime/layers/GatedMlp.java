package io.gatun.runtime.layers;

import io.gatun.memory.Tensor;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.weights.WeightSource;
import java.util.List;

/** The gated feed-forward block: {@code down(activation(gate(x)) * up(x))}, gate and up merged. */
public final class GatedMlp {
    private final Linear gateUpProj;
    private final GatedActivation activation;
    private final Linear downProj;

    /** The block of {@code intermediate_size}. */
    public GatedMlp(ModelConfig config, WeightSource weights) {
        this(config, config.intermediateSize(), weights);
    }

    /** A block of another size, such as a shared expert's. */
    public GatedMlp(ModelConfig config, long intermediate, WeightSource weights) {
        long hidden = config.hiddenSize();
        gateUpProj = Linear.loadMerged(weights, List.of("gate_proj", "up_proj"), new long[] {intermediate, intermediate}, hidden, config.mlpBias());
        activation = new GatedActivation(weights.context(), config.activation());
        downProj = Linear.load(weights.scope("down_proj"), hidden, intermediate, config.mlpBias());
    }

    /** [T, H] to [T, H]. */
    public Tensor forward(Tensor x) {
        return downProj.forward(activation.forward(gateUpProj.forward(x)));
    }
}
