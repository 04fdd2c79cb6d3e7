package io.gatun.runtime.layers;

import io.gatun.kernels.NormStyle;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.weights.WeightSource;

/** One layer of a decoder: attention and a feed-forward block, each added to the residual stream. Families differ in where they normalise. */
@FunctionalInterface
public interface DecoderLayer {

    /** Reads from the stream [T, H] and adds to it. */
    void forward(Tensor positions, ResidualStream stream, ForwardBatch batch);

    /** Norms before attention and feed-forward (Llama and most others). */
    static DecoderLayer preNorm(ModelConfig config, WeightSource weights, NormStyle style, SelfAttention attention, FeedForward feedForward) {
        var inputLayernorm = norm(config, weights, "input_layernorm", style);
        var postAttentionLayernorm = norm(config, weights, "post_attention_layernorm", style);
        return (positions, stream, batch) -> {
            stream.add(attention.forward(positions, inputLayernorm.forward(stream), batch));
            stream.add(feedForward.forward(postAttentionLayernorm.forward(stream)));
        };
    }

    /** {@link #preNorm} in Llama's style. */
    static DecoderLayer preNorm(ModelConfig config, WeightSource weights, SelfAttention attention, FeedForward feedForward) {
        return preNorm(config, weights, NormStyle.LLAMA, attention, feedForward);
    }

    /** Norms after attention and feed-forward, none before (OLMo 2). */
    static DecoderLayer postNorm(ModelConfig config, WeightSource weights, NormStyle style, SelfAttention attention, FeedForward feedForward) {
        var context = weights.context();
        var postAttentionLayernorm = norm(config, weights, "post_attention_layernorm", style);
        var postFeedforwardLayernorm = norm(config, weights, "post_feedforward_layernorm", style);
        return (positions, stream, batch) -> {
            stream.add(postAttentionLayernorm.forward(attention.forward(positions, stream.value(context), batch)));
            stream.add(postFeedforwardLayernorm.forward(feedForward.forward(stream.value(context))));
        };
    }

    /**
     * Norms before and after attention and feed-forward (Gemma 2, GLM-4).
     *
     * @param names of the norms before and after attention, then before and after the feed-forward block
     */
    static DecoderLayer sandwich(ModelConfig config, WeightSource weights, NormStyle style, SandwichNames names, SelfAttention attention,
            FeedForward feedForward) {
        var beforeAttention = norm(config, weights, names.beforeAttention, style);
        var afterAttention = norm(config, weights, names.afterAttention, style);
        var beforeFeedForward = norm(config, weights, names.beforeFeedForward, style);
        var afterFeedForward = norm(config, weights, names.afterFeedForward, style);
        return (positions, stream, batch) -> {
            stream.add(afterAttention.forward(attention.forward(positions, beforeAttention.forward(stream), batch)));
            stream.add(afterFeedForward.forward(feedForward.forward(beforeFeedForward.forward(stream))));
        };
    }

    /** What a checkpoint calls the four norms of a layer. */
    record SandwichNames(String beforeAttention, String afterAttention, String beforeFeedForward, String afterFeedForward) {
    }

    private static RmsNorm norm(ModelConfig config, WeightSource weights, String name, NormStyle style) {
        return RmsNorm.load(weights.scope(name), config.hiddenSize(), config.rmsNormEps(), style);
    }
}
