package io.gatun.runtime.layers;

import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.weights.LayerContext;

/** Attention over the tokens that the batch's requests have in the KV cache, the new ones included (SGLang's RadixAttention). */
public final class RadixAttention {
    private final LayerContext context;
    private final int layerId;
    private final float scaling;

    /**
     * The attention of one layer.
     *
     * @param scaling what scores are multiplied with, usually {@code headDim^-0.5}
     * @param layerId which of the cache's layers is this one's
     */
    public RadixAttention(LayerContext context, float scaling, int layerId) {
        this.context = context;
        this.scaling = scaling;
        this.layerId = layerId;
    }

    /**
     * Stores the new keys and values, then attends.
     *
     * @param q [T, heads * headDim]
     * @param k [T, kvHeads * headDim]
     * @param v as {@code k}
     * @return [T, heads * headDim]
     */
    public Tensor forward(Tensor q, Tensor k, Tensor v, ForwardBatch batch) {
        var kernels = context.kernels().attention();
        var cache = batch.kvPool().layer(layerId);
        kernels.writeKv(k, v, batch.outCacheLoc(), cache);
        var out = context.workspace().allocate(q.dtype(), q.dim(0), q.dim(1));
        switch (batch.mode()) {
            case EXTEND, MIXED -> kernels.extend(q, cache, batch.attention(), scaling, out);
            case DECODE -> kernels.decode(q, cache, batch.attention(), scaling, out);
        }
        return out;
    }
}
