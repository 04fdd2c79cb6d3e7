package io.gatun.runtime.layers;

import io.gatun.kernels.RopeTable;
import io.gatun.memory.DType;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.RopeConfig;
import io.gatun.runtime.weights.LayerContext;

/** Rotary position embedding of patches: the first half of a head's pairs turns by a patch's row in the picture, the other by its column, at the same angles. */
public final class AxialRotaryEmbedding {
    private final LayerContext context;
    private final float[] frequencies;

    private AxialRotaryEmbedding(LayerContext context, float[] frequencies) {
        this.context = context;
        this.frequencies = frequencies;
    }

    /**
     * The angles of heads of {@code headDim} elements.
     *
     * @param theta the base of the angles' geometric progression
     * @throws ConfigException if a head cannot be divided among two axes
     */
    public static AxialRotaryEmbedding create(LayerContext context, double theta, int headDim) {
        if (headDim % 4 != 0) {
            throw new ConfigException("the tower's heads have " + headDim + " elements; rotation by row and column needs a multiple of 4");
        }
        return new AxialRotaryEmbedding(context, new RopeAngles(new RopeConfig.Default(theta), headDim / 2, 1).inverseFrequencies(0));
    }

    /**
     * A table for the patches of one step, which lasts for it.
     *
     * @param rows the row of each patch
     * @param columns the column of each
     */
    public RopeTable table(int[] rows, int[] columns) {
        int pairs = 2 * frequencies.length;
        var cos = new float[rows.length * pairs];
        var sin = new float[rows.length * pairs];
        for (int t = 0; t < rows.length; t++) {
            for (int i = 0; i < pairs; i++) {
                float angle = (i < frequencies.length ? rows[t] : columns[t]) * frequencies[i % frequencies.length];
                cos[t * pairs + i] = (float) Math.cos(angle);
                sin[t * pairs + i] = (float) Math.sin(angle);
            }
        }
        return new RopeTable(context.workspace().allocateForStep(DType.F32, rows.length, pairs).copyFrom(cos),
                context.workspace().allocateForStep(DType.F32, rows.length, pairs).copyFrom(sin), RopeTable.Pairing.HALVES);
    }
}
