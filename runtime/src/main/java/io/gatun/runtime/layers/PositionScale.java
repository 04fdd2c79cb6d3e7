package io.gatun.runtime.layers;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/** Scales that grow with the position, so that attention stays sharp over long contexts (Llama 4, Ministral 3). */
public final class PositionScale {
    private final LayerContext context;
    private final Tensor scales;

    private PositionScale(LayerContext context, Tensor scales) {
        this.context = context;
        this.scales = scales;
    }

    /**
     * {@code 1 + beta * ln(1 + floor(position / step))} for every position up to the context length.
     *
     * @param step how many positions share a scale, the first of them 1
     */
    public static PositionScale logarithmic(LayerContext context, double beta, int step) {
        int positions = context.contextLength();
        var scales = context.constants().allocate(DType.F32, positions);
        try (var arena = Arena.ofConfined()) {
            var values = arena.allocate(ValueLayout.JAVA_FLOAT, positions);
            for (int position = 0; position < positions; position++) {
                values.setAtIndex(ValueLayout.JAVA_FLOAT, position, (float) (1 + beta * Math.log1p(position / step)));
            }
            context.constants().device().copyIn(values, scales);
        }
        return new PositionScale(context, scales);
    }

    /** Scales each row of {@code x} [T, N] in place, by i32 positions [T]. */
    public void forward(Tensor positions, Tensor x) {
        context.kernels().elementwise().scaleRows(x, positions, scales);
    }
}
