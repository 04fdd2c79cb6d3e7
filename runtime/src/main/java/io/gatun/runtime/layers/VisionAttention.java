package io.gatun.runtime.layers;

import io.gatun.kernels.RopeTable;
import io.gatun.kernels.Segments;
import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;
import java.util.List;

/** The attention of a tower: tokens of a segment see each other in both directions (SGLang's VisionAttention). */
public final class VisionAttention {
    private final LayerContext context;
    private final Linear qkvProj;
    private final Linear oProj;
    private final int headDim;
    private final float scale;

    private VisionAttention(Builder b, WeightSource weights) {
        long size = b.hidden;
        context = weights.context();
        headDim = b.hidden / b.heads;
        scale = (float) (1 / Math.sqrt(headDim));
        qkvProj = b.fused.isEmpty() ? Linear.loadMerged(weights, List.of("q_proj", "k_proj", "v_proj"), new long[] {size, size, size}, size, b.bias)
                : Linear.load(weights.scope(b.fused), 3 * size, size, b.bias);
        oProj = Linear.load(weights.scope(b.output), size, size, b.outputBias);
    }

    /**
     * Attention as CLIP has it, to be changed: {@code q_proj}, {@code k_proj}, {@code v_proj} and {@code out_proj} with biases.
     *
     * @param hidden features, a multiple of {@code heads}
     */
    public static Builder of(int hidden, int heads) {
        if (hidden % heads != 0) {
            throw new IllegalArgumentException("vision attention: " + hidden + " features cannot be divided among " + heads + " heads");
        }
        return new Builder(hidden, heads);
    }

    /** [T, H] to [T, H]. */
    public Tensor forward(Tensor x, Segments segments) {
        return attend(qkvProj.forward(x), segments);
    }

    /**
     * The same with rotated queries and keys.
     *
     * @param rotation with a row for each token and {@code headDim / 2} columns
     */
    public Tensor forward(Tensor x, RopeTable rotation, Segments segments) {
        var qkv = qkvProj.forward(x);
        context.kernels().rope().rope(part(qkv, 0), part(qkv, 1), rotation, headDim);
        return attend(qkv, segments);
    }

    private Tensor attend(Tensor qkv, Segments segments) {
        var out = context.workspace().allocate(context.activationType(), qkv.dim(0), qkv.dim(1) / 3);
        context.kernels().vision().attention(part(qkv, 0), part(qkv, 1), part(qkv, 2), segments, headDim, scale, out);
        return oProj.forward(out);
    }

    private static Tensor part(Tensor qkv, int index) {
        long size = qkv.dim(1) / 3;
        return qkv.narrowCols(index * size, size);
    }

    /** Collects in what a tower's attention differs from CLIP's. */
    public static final class Builder {
        private final int hidden;
        private final int heads;
        private String fused = "";
        private String output = "out_proj";
        private boolean bias = true;
        private boolean outputBias = true;

        private Builder(int hidden, int heads) {
            this.hidden = hidden;
            this.heads = heads;
        }

        /** The checkpoint has q, k and v merged under this name. */
        public Builder fused(String name) {
            fused = name;
            return this;
        }

        /** What the checkpoint calls the output's projection. */
        public Builder output(String name) {
            output = name;
            return this;
        }

        /** Whether q, k and v have a bias. */
        public Builder bias(boolean value) {
            bias = value;
            return this;
        }

        /** Whether the output's projection has a bias. */
        public Builder outputBias(boolean value) {
            outputBias = value;
            return this;
        }

        /** The attention with its weights. */
        public VisionAttention load(WeightSource weights) {
            return new VisionAttention(this, weights);
        }
    }
}
