package io.gatun.runtime.layers;

import io.gatun.kernels.AttentionOptions;
import io.gatun.kernels.NormStyle;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.weights.WeightSource;
import java.util.List;
import java.util.Optional;

/** Multi-head attention with grouped key-value heads; q, k and v are one projection. */
public final class Attention implements SelfAttention {
    private final Linear qkvProj;
    private final Linear oProj;
    private final Optional<QkNorm> qkNorm;
    private final Optional<RotaryEmbedding> rotary;
    private final Optional<PositionScale> queryScale;
    private final RadixAttention attention;
    private final long qSize;
    private final long kvSize;

    private Attention(Builder b, WeightSource weights) {
        var config = b.config;
        qSize = (long) config.numAttentionHeads() * config.headDim();
        kvSize = (long) config.numKeyValueHeads() * config.headDim();
        qkvProj = b.fused ? Linear.load(weights.scope("qkv_proj"), qSize + 2 * kvSize, config.hiddenSize(), b.bias)
                : Linear.loadMerged(weights, List.of("q_proj", "k_proj", "v_proj"), new long[] {qSize, kvSize, kvSize}, config.hiddenSize(), b.bias);
        oProj = Linear.load(weights.scope("o_proj"), config.hiddenSize(), qSize, b.outputBias);
        qkNorm = b.qkNorm.map(kind -> new QkNorm(kind, config, b.normStyle, qSize, kvSize, weights));
        rotary = b.rotary;
        queryScale = b.queryScale;
        attention = new RadixAttention(weights.context(), b.layerId, b.sinks
                ? b.options.withSinks(weights.tensor("sinks", config.numAttentionHeads())) : b.options);
    }

    /** Attention as Llama has it, to be changed: no bias, no norms of q and k, no rotation, scores scaled by {@code headDim^-0.5}. */
    public static Builder of(ModelConfig config, int layerId) {
        return new Builder(config, layerId);
    }

    @Override
    public Tensor forward(Tensor positions, Tensor hidden, ForwardBatch batch) {
        var qkv = qkvProj.forward(hidden);
        var q = qkv.narrowCols(0, qSize);
        var k = qkv.narrowCols(qSize, kvSize);
        var v = qkv.narrowCols(qSize + kvSize, kvSize);
        qkNorm.ifPresent(norm -> norm.forward(q, k));
        rotary.ifPresent(rotation -> rotation.forward(positions, q, k));
        queryScale.ifPresent(scale -> scale.forward(positions, q));
        return oProj.forward(attention.forward(q, k, v, batch));
    }

    /** Norms of queries and keys before they are rotated. */
    private record QkNorm(Over over, RmsNorm qNorm, RmsNorm kNorm) {
        /** What is normalised together. */
        enum Over { HEAD, ALL_HEADS }

        QkNorm(Over over, ModelConfig config, NormStyle style, long qSize, long kvSize, WeightSource weights) {
            this(over, RmsNorm.load(weights.scope("q_norm"), over == Over.HEAD ? config.headDim() : qSize, config.rmsNormEps(), style),
                    RmsNorm.load(weights.scope("k_norm"), over == Over.HEAD ? config.headDim() : kvSize, config.rmsNormEps(), style));
        }

        void forward(Tensor q, Tensor k) {
            if (over == Over.HEAD) {
                qNorm.forwardHeads(q);
                kNorm.forwardHeads(k);
            } else {
                qNorm.forward(q);
                kNorm.forward(k);
            }
        }
    }

    /** Collects in what a family's attention differs from Llama's. */
    public static final class Builder {
        private final ModelConfig config;
        private final int layerId;
        private AttentionOptions options;
        private boolean bias;
        private boolean outputBias;
        private boolean fused;
        private boolean sinks;
        private Optional<QkNorm.Over> qkNorm = Optional.empty();
        private NormStyle normStyle = NormStyle.LLAMA;
        private Optional<RotaryEmbedding> rotary = Optional.empty();
        private Optional<PositionScale> queryScale = Optional.empty();

        private Builder(ModelConfig config, int layerId) {
            this.config = config;
            this.layerId = layerId;
            options = AttentionOptions.of((float) (1 / Math.sqrt(config.headDim())));
        }

        /** Rotates queries and keys. */
        public Builder rotary(RotaryEmbedding value) {
            rotary = Optional.of(value);
            return this;
        }

        /** Scales rotated queries by their positions. */
        public Builder queryScale(PositionScale value) {
            queryScale = Optional.of(value);
            return this;
        }

        /** A bias on q, k and v. */
        public Builder bias(boolean value) {
            bias = value;
            return this;
        }

        /** A bias on the output's projection. */
        public Builder outputBias(boolean value) {
            outputBias = value;
            return this;
        }

        /** The checkpoint has q, k and v merged, in {@code qkv_proj}. */
        public Builder fused() {
            fused = true;
            return this;
        }

        /** A norm of each head of q and of k: {@code q_norm}, {@code k_norm}. */
        public Builder headNorm(NormStyle style) {
            qkNorm = Optional.of(QkNorm.Over.HEAD);
            normStyle = style;
            return this;
        }

        /** A norm of q and of k over all their heads. */
        public Builder fullNorm(NormStyle style) {
            qkNorm = Optional.of(QkNorm.Over.ALL_HEADS);
            normStyle = style;
            return this;
        }

        /** What scores are multiplied with. */
        public Builder scale(double value) {
            options = new AttentionOptions((float) value, options.window(), options.logitCap(), options.sinks());
            return this;
        }

        /** How many tokens each sees, itself included; {@link ModelConfig#window} tells it. */
        public Builder window(int value) {
            options = options.withWindow(value);
            return this;
        }

        /** A soft cap of scores; 0 for none. */
        public Builder logitCap(double value) {
            options = options.withLogitCap((float) value);
            return this;
        }

        /** A learned score for each head that attends to nothing: {@code sinks}. */
        public Builder sinks() {
            sinks = true;
            return this;
        }

        /** The attention with its weights, usually those of {@code self_attn}. */
        public Attention load(WeightSource weights) {
            return new Attention(this, weights);
        }
    }
}
