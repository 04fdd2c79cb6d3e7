package io.gatun.models;

import io.gatun.memory.Tensor;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.multimodal.image.AnyresGrid;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;

/**
 * Puts the features of a picture's tiles together: those of the whole picture, then those of the tiles as one map without its padding, a newline after each
 * row.
 */
final class AnyresEmbeddings {
    private final LayerContext context;
    private final Tensor newline;

    /** Takes {@code image_newline}. */
    AnyresEmbeddings(ModelConfig config, WeightSource weights) {
        context = weights.context();
        newline = VlmScopes.holding(weights, "image_newline").tensorAs(context.activationType(), "image_newline", config.hiddenSize())
                .view(1, config.hiddenSize());
    }

    /**
     * The embeddings of a picture.
     *
     * @param features [tiles * patchesHigh * patchesWide, H]
     * @return [grid.tokens(), H], in the workspace of the step
     */
    Tensor picture(AnyresGrid grid, Tensor features) {
        int patches = grid.patchesHigh() * grid.patchesWide();
        var mix = new FeatureMix(grid.high() == grid.outHigh() && grid.wide() == grid.outWide() ? 1 : 4);
        for (int i = 0; i < patches; i++) {
            mix.row(i);
        }
        if (grid.tilesHigh() == 0) {
            mix.ownVector();
        } else {
            mix.interpolated(grid.high(), grid.wide(), grid.outHigh(), grid.outWide(), (y, x) -> place(grid, grid.top() + y, grid.left() + x), mix::ownVector);
        }
        return mix.forward(context, features, newline);
    }

    /**
     * The embeddings of a video: each frame's map made half as high and half as wide, and one newline after all.
     *
     * @param features [frames * high * wide, H]
     * @return [frames * ⌈high / 2⌉ * ⌈wide / 2⌉ + 1, H], in the workspace of the step
     */
    Tensor video(int frames, int high, int wide, Tensor features) {
        var mix = new FeatureMix(4);
        for (int frame = 0; frame < frames; frame++) {
            int first = frame * high * wide;
            mix.interpolated(high, wide, Math.ceilDiv(high, 2), Math.ceilDiv(wide, 2), (y, x) -> first + y * wide + x, () -> { });
        }
        mix.ownVector();
        return mix.forward(context, features, newline);
    }

    /** The row of a place in the map that the tiles make together. */
    private static int place(AnyresGrid grid, int y, int x) {
        int tile = 1 + y / grid.patchesHigh() * grid.tilesWide() + x / grid.patchesWide();
        return (tile * grid.patchesHigh() + y % grid.patchesHigh()) * grid.patchesWide() + x % grid.patchesWide();
    }
}
