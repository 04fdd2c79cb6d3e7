package io.gatun.kernels.cuda;

import io.gatun.kernels.Segments;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.Optional;

/**
 * The tiles of {@code vision_attention_wgmma.cu}.
 *
 * @param headDim elements of a head
 */
record VisionWgmmaPlan(DType type, int headDim) {
    static final int BOX_ROWS = 128;
    static final int THREADS = 384;
    private static final int HOPPER = 90;
    /** Shorter segments fill the tiles badly: at 64 rows the kernel for every GPU is faster. */
    private static final int SHORTEST = 256;

    /**
     * The plan where the kernel does it and is the faster one: on Hopper, for 16-bit heads of 64, 72 or 80 elements and segments of some length.
     *
     * @param computeCapability times ten
     */
    static Optional<VisionWgmmaPlan> choose(Tensor q, int headDim, Segments segments, int computeCapability) {
        boolean fits = computeCapability == HOPPER && q.dtype() != DType.F32 && (headDim == 64 || headDim == 72 || headDim == 80) && segments.maxLen() >= SHORTEST;
        return fits ? Optional.of(new VisionWgmmaPlan(q.dtype(), headDim)) : Optional.empty();
    }

    /** Tiles that segments of so many rows in all have at most. */
    static int tiles(int rows, int segments, int heads) {
        return Math.multiplyExact(rows / BOX_ROWS + segments, heads);
    }

    int sharedBytes() {
        return 1024 + 5 * BOX_ROWS * 128 * Math.ceilDiv(headDim, 64);
    }

    KernelSpec spec() {
        return new AttentionVariant(type, Math.ceilDiv(headDim, 16) * 16, 1, 1).spec("vision_attention_wgmma").with("OUT_DIM", headDim).with("WARPGROUPS", 2)
                .with("STAGES", 2);
    }
}
