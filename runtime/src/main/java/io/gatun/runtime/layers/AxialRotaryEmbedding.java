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
    private static final int USUAL_PLACES = 128;

    private final LayerContext context;
    private final float[] frequencies;
    private Places places;

    private AxialRotaryEmbedding(LayerContext context, float[] frequencies) {
        this.context = context;
        this.frequencies = frequencies;
        places = Places.of(frequencies, USUAL_PLACES);
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
        int count = 1 + Math.max(Arrays.stream(rows).max().orElse(0), Arrays.stream(columns).max().orElse(0));
        if (count > places.count()) {
            places = Places.of(frequencies, Math.max(count, 2 * places.count()));
        }
        var byRow = context.workspace().allocateForStep(DType.I32, rows.length).copyFrom(rows);
        var byColumn = context.workspace().allocateForStep(DType.I32, columns.length).copyFrom(columns);
        return new RopeTable(table(places.cos(), count, byRow, byColumn), table(places.sin(), count, byRow, byColumn), RopeTable.Pairing.HALVES);
    }

    /** A number for each pair of each patch, put together on the device from those of {@code count} places. */
    private Tensor table(float[] byPlace, int count, Tensor rows, Tensor columns) {
        int half = frequencies.length;
        var sent = context.workspace().allocateForStep(DType.F32, count, half);
        sent.device().copyIn(MemorySegment.ofArray(byPlace), sent);
        var table = context.workspace().allocateForStep(DType.F32, rows.dim(0), 2L * half);
        context.kernels().embedding().gatherRows(sent, rows, table.narrowCols(0, half));
        context.kernels().embedding().gatherRows(sent, columns, table.narrowCols(half, half));
        return table;
    }

    /**
     * The functions of each place's angles, kept since every picture needs the first ones.
     *
     * @param count of places, each with a number for every frequency
     */
    private record Places(int count, float[] cos, float[] sin) {
        static Places of(float[] frequencies, int count) {
            return new Places(count, values(frequencies, count, Math::cos), values(frequencies, count, Math::sin));
        }

        private static float[] values(float[] frequencies, int count, DoubleUnaryOperator function) {
            var values = new float[count * frequencies.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) function.applyAsDouble(i / frequencies.length * frequencies[i % frequencies.length]);
            }
            return values;
        }
    }
}
