package io.gatun.models;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;
import java.util.Arrays;

/** Rows that are weighted sums of other rows: parts of a map of features, made smaller or not, with a vector of the model's own here and there. */
final class FeatureMix {
    private final int terms;
    private int[] rows;
    private float[] weights;
    private int[] own;
    private int count;

    /**
     * An empty mix.
     *
     * @param terms how many rows a sum has at most
     */
    FeatureMix(int terms) {
        this.terms = terms;
        rows = new int[64 * terms];
        weights = new float[64 * terms];
        own = new int[64];
    }

    /** Adds a row as it is. */
    void row(int row) {
        sum(new int[] {row}, new float[] {1});
    }

    /** Adds a sum of rows. */
    void sum(int[] from, float[] by) {
        grow();
        System.arraycopy(from, 0, rows, count * terms, from.length);
        System.arraycopy(by, 0, weights, count * terms, by.length);
        own[count++] = -1;
    }

    /** Adds the model's own vector. */
    void ownVector() {
        grow();
        own[count++] = 0;
    }

    /**
     * Adds a part of a map, interpolated as PyTorch does it with {@code mode="bilinear"}, to {@code outHigh} rows of {@code outWide}.
     *
     * @param at the row that a place of the part stands in
     */
    void interpolated(int high, int wide, int outHigh, int outWide, Place at, Runnable afterEachRow) {
        var vertical = new Taps(high, outHigh);
        var horizontal = new Taps(wide, outWide);
        for (int y = 0; y < outHigh; y++) {
            float down = vertical.fraction(y);
            for (int x = 0; x < outWide; x++) {
                float right = horizontal.fraction(x);
                if (high == outHigh && wide == outWide) {
                    row(at.row(y, x));
                } else {
                    int top = vertical.first(y);
                    int bottom = vertical.second(y);
                    int left = horizontal.first(x);
                    int far = horizontal.second(x);
                    sum(new int[] {at.row(top, left), at.row(top, far), at.row(bottom, left), at.row(bottom, far)},
                            new float[] {(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right});
                }
            }
            afterEachRow.run();
        }
    }

    /** Where a place of a map stands. */
    interface Place {
        int row(int y, int x);
    }

    /**
     * The rows, with no vector of the model's own among them.
     *
     * @param features [N, H]
     * @return [rows added, H], in the workspace of the step
     */
    Tensor forward(LayerContext context, Tensor features) {
        var workspace = context.workspace();
        var out = workspace.allocate(context.activationType(), count, features.dim(1));
        context.kernels().embedding().combineRows(features, workspace.allocateForStep(DType.I32, count, terms).copyFrom(Arrays.copyOf(rows, count * terms)),
                workspace.allocateForStep(DType.F32, count, terms).copyFrom(Arrays.copyOf(weights, count * terms)), out);
        return out;
    }

    /**
     * The rows.
     *
     * @param vector the model's own, [1, H]
     */
    Tensor forward(LayerContext context, Tensor features, Tensor vector) {
        var out = forward(context, features);
        context.kernels().embedding().mergeRows(vector, context.workspace().allocateForStep(DType.I32, count).copyFrom(Arrays.copyOf(own, count)), out);
        return out;
    }

    private void grow() {
        if (count == own.length) {
            rows = Arrays.copyOf(rows, 2 * rows.length);
            weights = Arrays.copyOf(weights, 2 * weights.length);
            own = Arrays.copyOf(own, 2 * own.length);
        }
    }

    /** The two places that a place of a smaller axis lies between, in fp32 as PyTorch. */
    private record Taps(int size, int outSize) {
        private float source(int out) {
            return Math.max(0, (out + 0.5f) * ((float) size / outSize) - 0.5f);
        }

        int first(int out) {
            return Math.min((int) source(out), size - 1);
        }

        int second(int out) {
            return Math.min(first(out) + 1, size - 1);
        }

        float fraction(int out) {
            return Math.clamp(source(out) - first(out), 0f, 1f);
        }
    }
}
