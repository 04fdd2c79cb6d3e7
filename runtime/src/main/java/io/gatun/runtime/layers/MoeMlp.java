package io.gatun.runtime.layers;

import io.gatun.kernels.Activation;
import io.gatun.kernels.Routing;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;
import java.util.List;
import java.util.Optional;

/**
 * A feed-forward block of experts: a router chooses a few for each token, and some models add an expert that all tokens share. What a family has is said by a
 * {@link Builder}, which starts from the most usual names ({@code gate}, {@code experts.N.gate_proj}, {@code up_proj}, {@code down_proj}):
 * <pre>{@code
 * Qwen3:       MoeMlp.of(config, "num_experts", Routing.softmax(k, norm).toDtype()).intermediate(size).load(mlp)
 * Qwen2:       … .gatedSharedExpert(sharedSize).load(mlp)
 * Mixtral:     MoeMlp.of(config, "num_local_experts", Routing.softmax(k, true)).projections("w1", "w3", "w2").load(blockSparseMoe)
 * DeepSeek-V3: MoeMlp.of(config, "n_routed_experts", Routing.sigmoid(k, norm).grouped(n, kept).scaled(factor)).intermediate(size)
 *                  .fp32Router().correctionBias().sharedExperts(shared * size).load(mlp)
 * gpt-oss:     MoeMlp.of(config, "num_local_experts", Routing.softmaxOfChosen(k)).router("router", true).packed(CLAMPED_SWIGLU).load(mlp)
 * }</pre>
 */
public final class MoeMlp implements FeedForward {
    private final LayerContext context;
    private final Routing routing;
    private final Linear router;
    private final DType logitsType;
    private final Optional<Tensor> correctionBias;
    private final FusedMoe experts;
    private final Optional<GatedMlp> sharedExpert;
    private final Optional<Linear> sharedGate;

    private MoeMlp(Builder b, WeightSource weights) {
        long hidden = b.config.hiddenSize();
        var size = new FusedMoe.Size(b.config.json().positiveInt(b.expertsField), b.expertsField, hidden, b.intermediate);
        context = weights.context();
        routing = b.routing;
        try {
            routing.requireExperts(size.experts());
        } catch (IllegalArgumentException e) {
            throw b.config.json().wrong(b.expertsField, "a number that the routing allows: " + e.getMessage());
        }
        experts = b.packed ? FusedMoe.packed(weights.scope("experts"), size, b.activation)
                : FusedMoe.separate(weights.scope("experts"), size, b.gateUp, b.down, b.activation);
        var scope = weights.scope(b.routerName);
        router = Linear.load(scope, size.experts(), hidden, b.routerBias);
        logitsType = b.fp32Router ? DType.F32 : context.activationType();
        correctionBias = b.correctionBias ? Optional.of(scope.tensorAs(DType.F32, "e_score_correction_bias", size.experts())) : Optional.empty();
        sharedExpert = b.shared.map(shared -> new GatedMlp(b.config, shared.intermediate, weights.scope(shared.name)));
        sharedGate = b.shared.filter(Shared::gated).map(shared -> Linear.load(weights.scope(shared.name + "_gate"), 1, hidden, false));
    }

    /**
     * Begins to say what a block is.
     *
     * @param expertsField the field of config.json that says how many experts there are, such as {@code num_experts}
     */
    public static Builder of(ModelConfig config, String expertsField, Routing routing) {
        return new Builder(config, expertsField, routing);
    }

    @Override
    public Tensor forward(Tensor x) {
        var workspace = context.workspace();
        var logits = workspace.allocate(logitsType, x.dim(0), experts.count());
        router.forward(x, logits);
        var ids = workspace.allocate(DType.I32, x.dim(0), routing.topK());
        var weights = workspace.allocate(DType.F32, x.dim(0), routing.topK());
        context.kernels().moe().route(logits, correctionBias, routing, ids, weights);
        var out = experts.forward(x, ids, weights);
        sharedExpert.ifPresent(shared -> context.kernels().moe().addShared(shared.forward(x), sharedGate.map(gate -> gate.forward(x)), out));
        return out;
    }

    private record Shared(String name, long intermediate, boolean gated) {
    }

    /** What a block is. */
    public static final class Builder {
        private final ModelConfig config;
        private final String expertsField;
        private final Routing routing;
        private long intermediate;
        private Activation activation;
        private String routerName = "gate";
        private boolean routerBias;
        private boolean fp32Router;
        private boolean correctionBias;
        private boolean packed;
        private List<String> gateUp = List.of("gate_proj", "up_proj");
        private String down = "down_proj";
        private Optional<Shared> shared = Optional.empty();

        private Builder(ModelConfig config, String expertsField, Routing routing) {
            this.config = config;
            this.expertsField = expertsField;
            this.routing = routing;
        }

        /** The features between an expert's projections, if not {@code intermediate_size}. */
        public Builder intermediate(long size) {
            intermediate = size;
            return this;
        }

        /** The names of an expert's projections. */
        public Builder projections(String gate, String up, String back) {
            gateUp = List.of(gate, up);
            down = back;
            return this;
        }

        /** The router's name, if not {@code gate}, and whether it has a bias. */
        public Builder router(String name, boolean bias) {
            routerName = name;
            routerBias = bias;
            return this;
        }

        /** The router's logits are not rounded to the dtype of activations. */
        public Builder fp32Router() {
            fp32Router = true;
            return this;
        }

        /** The router has an fp32 {@code e_score_correction_bias}, added for the choice alone. */
        public Builder correctionBias() {
            correctionBias = true;
            return this;
        }

        /** The experts are stored together, with biases: {@link FusedMoe#packed}. */
        public Builder packed(Activation gate) {
            packed = true;
            activation = gate;
            return this;
        }

        /** {@code shared_experts}, of this size together, are added for every token. */
        public Builder sharedExperts(long size) {
            shared = Optional.of(new Shared("shared_experts", size, false));
            return this;
        }

        /** {@code shared_expert} is added for every token, times the sigmoid of {@code shared_expert_gate}. */
        public Builder gatedSharedExpert(long size) {
            shared = Optional.of(new Shared("shared_expert", size, true));
            return this;
        }

        /**
         * Takes the block's weights.
         *
         * @throws io.gatun.runtime.weights.CheckpointException if they do not fit, or are of another number of experts than config.json says
         * @throws io.gatun.runtime.config.ConfigException if the activation is unknown or the routing impossible
         */
        public MoeMlp load(WeightSource weights) {
            if (intermediate == 0) {
                intermediate = config.intermediateSize();
            }
            if (!packed) {
                activation = config.activation();
            }
            return new MoeMlp(this, weights);
        }
    }
}
