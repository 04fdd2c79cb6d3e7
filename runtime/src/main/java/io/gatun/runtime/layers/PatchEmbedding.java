package io.gatun.runtime.layers;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;
import java.util.Arrays;
import java.util.Optional;

/** A vector for each patch of a picture: a convolution whose stride is its size, as a product with flattened patches. */
public final class PatchEmbedding {
    /** Columns that a row's 16 bytes hold, without which no tensor core takes it: a plain patch of 14 x 14 has 588. */
    private static final long PIECE = 8;

    private final LayerContext context;
    private final Linear projection;
    private final long columns;

    private PatchEmbedding(LayerContext context, Linear projection, long columns) {
        this.context = context;
        this.projection = projection;
        this.columns = columns;
    }

    /**
     * The embedding of {@code weight} [out, kernel…] and, if {@code hasBias}, {@code bias} [out].
     *
     * @param kernel channels, then the sizes of a patch: c, h, w of a Conv2d or c, t, h, w of a Conv3d
     */
    public static PatchEmbedding load(WeightSource weights, long out, boolean hasBias, long... kernel) {
        long[] dims = new long[1 + kernel.length];
        dims[0] = out;
        System.arraycopy(kernel, 0, dims, 1, kernel.length);
        long columns = Math.ceilDiv(Arrays.stream(kernel).reduce(1, (a, b) -> a * b), PIECE) * PIECE;
        var weight = weights.flattened("weight", columns, dims);
        return new PatchEmbedding(weights.context(),
                Linear.of(weights.context(), weight, hasBias ? Optional.of(weights.tensor("bias", out)) : Optional.empty()), columns);
    }

    /**
     * Patches to vectors.
     *
     * @param patches [T, c * h * w] or [T, c * t * h * w], each patch in the order of the kernel's dimensions
     * @return [T, out], which lasts for the step
     */
    public Tensor forward(Tensor patches) {
        var out = context.workspace().allocateForStep(context.activationType(), patches.dim(0), projection.outFeatures());
        projection.forward(padded(patches), out);
        return out;
    }

    private Tensor padded(Tensor patches) {
        if (patches.cols() == columns) {
            return patches;
        }
        var padded = context.workspace().allocateForStep(patches.dtype(), patches.dim(0), columns);
        context.kernels().embedding().padRows(patches, padded);
        return padded;
    }

    /**
     * Embeds pictures of one size, each with a vector of its own before its patches (CLIP's class token).
     *
     * @param classEmbedding [out]
     */
    public WithClassToken withClassToken(Tensor classEmbedding) {
        return new WithClassToken(this, classEmbedding.view(1, classEmbedding.elements()), context.constants().allocate(DType.I32, 1).copyFrom(0));
    }

    /** Makes a picture's vector and those of its patches. */
    public static final class WithClassToken {
        private final PatchEmbedding patchEmbedding;
        private final Tensor classEmbedding;
        private final Tensor zero;

        private WithClassToken(PatchEmbedding patchEmbedding, Tensor classEmbedding, Tensor zero) {
            this.patchEmbedding = patchEmbedding;
            this.classEmbedding = classEmbedding;
            this.zero = zero;
        }

        /**
         * Patches to vectors.
         *
         * @param patches [pictures * N, c * h * w]
         * @return [pictures * (1 + N), out], which lasts for the step
         */
        public Tensor forward(Tensor patches, int pictures) {
            var context = patchEmbedding.context;
            var padded = patchEmbedding.padded(patches);
            long n = patches.dim(0) / pictures;
            var out = context.workspace().allocateForStep(context.activationType(), pictures * (1 + n), classEmbedding.dim(1));
            for (int i = 0; i < pictures; i++) {
                context.kernels().embedding().embed(zero, classEmbedding, out.narrowRows(i * (1 + n), 1));
                patchEmbedding.projection.forward(padded.narrowRows(i * n, n), out.narrowRows(i * (1 + n) + 1, n));
            }
            return out;
        }
    }
}
