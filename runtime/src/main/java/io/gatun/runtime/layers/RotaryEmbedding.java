package io.gatun.runtime.layers;

import io.gatun.kernels.RopeTable;
import io.gatun.kernels.RopeTable.Pairing;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.runtime.config.RopeConfig;
import io.gatun.runtime.weights.LayerContext;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Rotary position embedding by a table of angles, which all layers share. */
public final class RotaryEmbedding {
    private final LayerContext context;
    private final RopeTable table;
    private final int headDim;

    private RotaryEmbedding(LayerContext context, RopeTable table, int headDim) {
        this.context = context;
        this.table = table;
        this.headDim = headDim;
    }

    /** Angles for whole heads in the halves of Llama, for every position up to the context length. */
    public static RotaryEmbedding create(LayerContext context, RopeConfig config, int headDim) {
        return create(context, config, headDim, headDim, Pairing.HALVES);
    }

    /** Angles for the first {@code rotaryDim} elements of a head, for every position up to the context length. */
    public static RotaryEmbedding create(LayerContext context, RopeConfig config, int headDim, int rotaryDim, Pairing pairing) {
        int positions = context.contextLength();
        int pairs = rotaryDim / 2;
        var angles = new RopeAngles(config, rotaryDim, positions);
        try (var arena = Arena.ofConfined()) {
            var cos = arena.allocate(ValueLayout.JAVA_FLOAT, (long) positions * pairs);
            var sin = arena.allocate(ValueLayout.JAVA_FLOAT, (long) positions * pairs);
            for (int position = 0; position < positions; position++) {
                float[] frequencies = angles.inverseFrequencies(position);
                for (int i = 0; i < pairs; i++) {
                    float angle = position * frequencies[i];
                    long at = (long) position * pairs + i;
                    cos.setAtIndex(ValueLayout.JAVA_FLOAT, at, (float) Math.cos(angle) * angles.scaling());
                    sin.setAtIndex(ValueLayout.JAVA_FLOAT, at, (float) Math.sin(angle) * angles.scaling());
                }
            }
            var cosTensor = context.constants().allocate(DType.F32, positions, pairs);
            var sinTensor = context.constants().allocate(DType.F32, positions, pairs);
            context.constants().device().copyIn(cos, cosTensor);
            context.constants().device().copyIn(sin, sinTensor);
            return new RotaryEmbedding(context, new RopeTable(cosTensor, sinTensor, pairing), headDim);
        }
    }

    /**
     * The same angles for tokens with positions on three axes: time, height, width (Qwen2-VL's M-RoPE).
     *
     * @param sections how many pairs of a head turn by each axis; {@code mrope_section} of config.json
     */
    public RotaryEmbedding withSections(List<Integer> sections) {
        return new RotaryEmbedding(context, table.withSections(sections), headDim);
    }

    /** Rotates the heads of {@code q} [T, heads * headDim] and {@code k} [T, kvHeads * headDim] in place, by i32 positions [T], or [3, T] with sections. */
    public void forward(Tensor positions, Tensor q, Tensor k) {
        context.kernels().rope().rope(q, k, positions, table, headDim);
    }
}
