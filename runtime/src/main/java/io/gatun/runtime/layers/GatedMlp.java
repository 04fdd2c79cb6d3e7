package io.gatun.runtime.layers;

import io.gatun.kernels.Activation;
import io.gatun.memory.Tensor;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.weights.WeightSource;
import java.util.List;

/** The gated feed-forward block: {@code down(activation(gate(x)) * up(x))}, gate and up merged. */
public final class GatedMlp implements FeedForward {
    private final Linear gateUpProj;
    private final GatedActivation activation;
    private final Linear downProj;

    private GatedMlp(Linear gateUpProj, GatedActivation activation, Linear downProj) {
        this.gateUpProj = gateUpProj;
        this.activation = activation;
        this.downProj = downProj;
    }

    private GatedMlp(ModelConfig config, long intermediate, Linear gateUpProj, WeightSource weights) {
        this(gateUpProj, new GatedActivation(weights.context(), config.activation()),
                Linear.load(weights.scope("down_proj"), config.hiddenSize(), intermediate, config.mlpBias()));
    }

    /** The block of {@code intermediate_size}. */
    public GatedMlp(ModelConfig config, WeightSource weights) {
        this(config, config.intermediateSize(), weights);
    }

    /** A block of another size, such as a shared expert's. */
    public GatedMlp(ModelConfig config, long intermediate, WeightSource weights) {
        this(config, intermediate, Linear.loadMerged(weights, List.of("gate_proj", "up_proj"), new long[] {intermediate, intermediate}, config.hiddenSize(),
                config.mlpBias()), weights);
    }

    /** A block by its sizes, as a tower's. */
    public static GatedMlp load(WeightSource weights, long hidden, long intermediate, Activation activation, boolean bias) {
        return new GatedMlp(Linear.loadMerged(weights, List.of("gate_proj", "up_proj"), new long[] {intermediate, intermediate}, hidden, bias),
                new GatedActivation(weights.context(), activation), Linear.load(weights.scope("down_proj"), hidden, intermediate, bias));
    }

    /** The block of a checkpoint that has gate and up merged, in {@code gate_up_proj}. */
    public static GatedMlp fused(ModelConfig config, WeightSource weights) {
        long intermediate = config.intermediateSize();
        return new GatedMlp(config, intermediate, Linear.load(weights.scope("gate_up_proj"), 2 * intermediate, config.hiddenSize(), config.mlpBias()), weights);
    }

    @Override
    public Tensor forward(Tensor x) {
        return downProj.forward(activation.forward(gateUpProj.forward(x)));
    }
}
