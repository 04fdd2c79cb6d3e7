package io.gatun.runtime.layers;

import io.gatun.kernels.AttentionOptions;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.weights.LayerContext;

/** Attention over the tokens that the batch's requests have in the KV cache, the new ones included (SGLang's RadixAttention). */
public final class RadixAttention {
    private final LayerContext context;
    private final int layerId;
    private final AttentionOptions options;

    /**
     * The attention of one layer.
     *
     * @param layerId which of the cache's layers is this one's, or the earlier one's whose keys and values it shares
     * @param options scale (usually {@code headDim^-0.5}), window, cap and sinks
     */
    public RadixAttention(LayerContext context, int layerId, AttentionOptions options) {
        this.context = context;
        this.layerId = layerId;
        this.options = options;
        context.visibility().add(options.window());
    }

    /**
     * Stores the new keys and values, then attends.
     *
     * @param q [T, heads * headDim]
     * @param k [T, kvHeads * headDim]
     * @param v [T, kvHeads * valueDim]
     * @return [T, heads * valueDim]
     */
    public Tensor forward(Tensor q, Tensor k, Tensor v, ForwardBatch batch) {
        context.kernels().attention().writeKv(k, v, batch.outCacheLoc(), batch.kvPool().layer(layerId));
        return forward(q, batch);
    }

    /**
     * Attends to what an earlier layer has stored in this step and before.
     *
     * @param q [T, heads * headDim]
     * @return [T, heads * valueDim]
     */
    public Tensor forward(Tensor q, ForwardBatch batch) {
        var kernels = context.kernels().attention();
        var cache = batch.kvPool().layer(layerId);
        var out = context.workspace().allocate(q.dtype(), q.dim(0), q.dim(1) / cache.headDim() * cache.valueDim());
        switch (batch.mode()) {
            case EXTEND, MIXED -> kernels.extend(q, cache, batch.attention(), options, out);
            case DECODE -> kernels.decode(q, cache, batch.attention(), options, out);
        }
        return out;
    }
}
