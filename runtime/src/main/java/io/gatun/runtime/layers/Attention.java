package io.gatun.runtime.layers;

import io.gatun.kernels.AttentionOptions;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.weights.WeightSource;
import java.util.List;

/** Multi-head attention with rotary positions and grouped key-value heads; q, k and v are one projection. */
public final class Attention {
    private final Linear qkvProj;
    private final Linear oProj;
    private final RotaryEmbedding rotary;
    private final RadixAttention attention;
    private final long qSize;
    private final long kvSize;

    public Attention(ModelConfig config, int layerId, RotaryEmbedding rotary, WeightSource weights) {
        this.rotary = rotary;
        qSize = (long) config.numAttentionHeads() * config.headDim();
        kvSize = (long) config.numKeyValueHeads() * config.headDim();
        qkvProj = Linear.loadMerged(weights, List.of("q_proj", "k_proj", "v_proj"), new long[] {qSize, kvSize, kvSize}, config.hiddenSize(),
                config.attentionBias());
        oProj = Linear.load(weights.scope("o_proj"), config.hiddenSize(), qSize, config.attentionBias());
        attention = new RadixAttention(weights.context(), layerId, AttentionOptions.of((float) (1 / Math.sqrt(config.headDim()))));
    }

    /** [T, H] to [T, H]. */
    public Tensor forward(Tensor positions, Tensor hidden, ForwardBatch batch) {
        var qkv = qkvProj.forward(hidden);
        var q = qkv.narrowCols(0, qSize);
        var k = qkv.narrowCols(qSize, kvSize);
        var v = qkv.narrowCols(qSize + kvSize, kvSize);
        rotary.forward(positions, q, k);
        return oProj.forward(attention.forward(q, k, v, batch));
    }
}
