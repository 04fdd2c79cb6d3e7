package io.gatun.models;

import io.gatun.kernels.Activation;
import io.gatun.kernels.RopeTable;
import io.gatun.kernels.Segments;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.layers.AxialRotaryEmbedding;
import io.gatun.runtime.layers.FeedForward;
import io.gatun.runtime.layers.Mlp;
import io.gatun.runtime.layers.PatchEmbedding;
import io.gatun.runtime.layers.ResidualStream;
import io.gatun.runtime.layers.VisionAttention;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntPredicate;

/**
 * The tower of Qwen2-VL and, with other blocks and with windows, of Qwen2.5-VL: patches of two frames, rotated by row and column, of which at last 2 x 2
 * become one token. Frames do not see each other.
 */
final class QwenVisionTower {
    private final LayerContext context;
    private final Sizes sizes;
    private final IntPredicate seesWholeFrame;
    private final PatchEmbedding patchEmbed;
    private final AxialRotaryEmbedding rotary;
    private final List<Block> blocks;
    private final Function<ResidualStream, Tensor> mergerNorm;
    private final Mlp merger;

    /**
     * What the tower's blocks are made of.
     *
     * @param hidden features of a patch
     * @param out features of a token
     * @param window rows and columns of tokens in a window, or {@link PatchOrder#NO_WINDOW}
     */
    record Sizes(int hidden, int out, int depth, int heads, int channels, int patch, int temporalPatch, int merge, int window) {
        static Sizes of(JsonObject vision, int hidden, int out, int window) {
            return new Sizes(hidden, out, vision.positiveInt("depth"), vision.positiveInt("num_heads"), vision.positiveInt("in_channels"),
                    vision.positiveInt("patch_size"), vision.positiveInt("temporal_patch_size"), vision.positiveInt("spatial_merge_size"), window);
        }
    }

    /** Makes a norm from the weights of one. */
    interface NormFactory extends Function<WeightSource, Function<ResidualStream, Tensor>> {
    }

    /** One layer: attention and a feed-forward block, each after a norm. */
    private record Block(Function<ResidualStream, Tensor> norm1, VisionAttention attention, Function<ResidualStream, Tensor> norm2, FeedForward mlp) {
        void forward(ResidualStream stream, RopeTable rotation, Segments segments) {
            stream.add(attention.forward(norm1.apply(stream), rotation, segments));
            stream.add(mlp.forward(norm2.apply(stream)));
        }
    }

    /**
     * Takes the weights of {@code visual}.
     *
     * @param vision {@code vision_config}
     * @param seesWholeFrame whether the patches of a block's index see more than their window
     */
    QwenVisionTower(JsonObject vision, Sizes sizes, IntPredicate seesWholeFrame, WeightSource weights, NormFactory norm,
            Function<WeightSource, FeedForward> mlp) {
        context = weights.context();
        this.sizes = sizes;
        this.seesWholeFrame = seesWholeFrame;
        patchEmbed = PatchEmbedding.load(weights.scope("patch_embed").scope("proj"), sizes.hidden, false, sizes.channels, sizes.temporalPatch, sizes.patch,
                sizes.patch);
        rotary = AxialRotaryEmbedding.create(context, theta(vision), sizes.hidden / sizes.heads);
        blocks = weights.scope("blocks").list(sizes.depth, (i, block) -> new Block(norm.apply(block.scope("norm1")),
                VisionAttention.of(sizes.hidden, sizes.heads).fused("qkv").output("proj").load(block.scope("attn")),
                norm.apply(block.scope("norm2")), mlp.apply(block.scope("mlp"))));
        long merged = (long) sizes.hidden * sizes.merge * sizes.merge;
        mergerNorm = norm.apply(weights.scope("merger").scope("ln_q"));
        merger = Mlp.load(weights.scope("merger").scope("mlp"), new String[] {"0", "2"}, new long[] {merged, merged, sizes.out}, Activation.GELU, true);
    }

    private static double theta(JsonObject vision) {
        return vision.object("rope_parameters").map(rope -> {
            if (!rope.text("rope_type", "axial").equals("axial")) {
                throw rope.wrong("rope_type", "axial");
            }
            return rope.has("rope_theta") ? rope.positiveDouble("rope_theta") : 10_000.0;
        }).orElse(10_000.0);
    }

    /**
     * Patches to tokens.
     *
     * @param grid frames, rows and columns of patches
     * @param pixels [t * h * w, channels * temporalPatch * patch * patch], the patches of a token following each other
     * @return [t * h * w / merge², out], in the workspace of the step
     */
    Tensor forward(int[] grid, Tensor pixels) {
        var order = PatchOrder.of(grid[0], grid[1], grid[2], sizes.merge, sizes.window);
        var rotation = rotary.table(order.rows(), order.columns());
        var frames = segments(order.frames());
        var windows = Arrays.equals(order.windows(), order.frames()) ? frames : segments(order.windows());
        long group = (long) sizes.merge * sizes.merge;
        long tokens = pixels.dim(0) / group;
        var hidden = patchEmbed.forward(pixels);
        if (!order.isPlain()) {
            var sorted = context.workspace().allocateForStep(context.activationType(), tokens, group * sizes.hidden);
            hidden = gather(hidden.view(tokens, group * sizes.hidden), order.tokens(), sorted).view(pixels.dim(0), sizes.hidden);
        }
        var stream = ResidualStream.of(context.workspace(), hidden);
        for (int i = 0; i < blocks.size(); i++) {
            blocks.get(i).forward(stream, rotation, seesWholeFrame.test(i) ? frames : windows);
        }
        var out = merger.forward(mergerNorm.apply(stream).view(tokens, group * sizes.hidden));
        return order.isPlain() ? out : gather(out, order.inverse(), context.workspace().allocate(context.activationType(), tokens, sizes.out));
    }

    private Segments segments(int[] bounds) {
        return new Segments(context.workspace().allocateForStep(DType.I32, bounds.length).copyFrom(bounds), PatchOrder.longest(bounds));
    }

    private Tensor gather(Tensor x, int[] rows, Tensor out) {
        context.kernels().embedding().gatherRows(x, context.workspace().allocateForStep(DType.I32, rows.length).copyFrom(rows), out);
        return out;
    }
}
