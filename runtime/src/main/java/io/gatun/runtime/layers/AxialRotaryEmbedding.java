package io.gatun.runtime.layers;

import io.gatun.kernels.RopeTable;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.RopeConfig;
import io.gatun.runtime.weights.LayerContext;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

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
        int places = 1 + Math.max(Arrays.stream(rows).max().orElse(0), Arrays.stream(columns).max().orElse(0));
        return new RopeTable(table(rows, columns, places, Math::cos), table(rows, columns, places, Math::sin), RopeTable.Pairing.HALVES);
    }

    /** A number for each pair of each patch; there are few places, so that each angle's function is worked out once. */
    private Tensor table(int[] rows, int[] columns, int places, DoubleUnaryOperator function) {
        int half = frequencies.length;
        var byPlace = new float[places * half];
        for (int i = 0; i < byPlace.length; i++) {
            byPlace[i] = (float) function.applyAsDouble(i / half * frequencies[i % half]);
        }
        var values = new float[rows.length * 2 * half];
        for (int t = 0; t < rows.length; t++) {
            System.arraycopy(byPlace, rows[t] * half, values, 2 * t * half, half);
            System.arraycopy(byPlace, columns[t] * half, values, (2 * t + 1) * half, half);
        }
        var table = context.workspace().allocateForStep(DType.F32, rows.length, 2L * half);
        table.device().copyIn(MemorySegment.ofArray(values), table);
        return table;
    }
}
