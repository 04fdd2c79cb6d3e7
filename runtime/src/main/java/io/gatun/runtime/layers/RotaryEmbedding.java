package io.gatun.runtime.layers;

import io.gatun.kernels.RopeTable;
import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;

/** Rotary position embedding by a table of angles, which all layers share. */
public final class RotaryEmbedding {
    private final LayerContext context;
    private final RopeTable table;
    private final int headDim;

    RotaryEmbedding(LayerContext context, RopeTable table, int headDim) {
        this.context = context;
        this.table = table;
        this.headDim = headDim;
    }

    /** Rotates the heads of {@code q} [T, heads * headDim] and {@code k} [T, kvHeads * headDim] in place, by i32 positions [T]. */
    public void forward(Tensor positions, Tensor q, Tensor k) {
        context.kernels().rope().rope(q, k, positions, table, headDim);
    }
}
