package io.gatun.kernels.cuda;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/**
 * The tiles of {@code vision_attention.cu}.
 *
 * @param headDim elements of a head
 * @param rowTiles how often 16 query rows a warp has
 * @param blockN keys a step
 */
record VisionPlan(DType type, int headDim, int rowTiles, int blockN) {
    static final int THREADS = 128;
    private static final int WARPS = 4;
    private static final int STEP = 16;
    private static final int MAX_DIM = 256;

    /**
     * The plan for a tensor of queries, as {@link #choose} finds it.
     *
     * @throws IllegalArgumentException if no kernel takes heads of this size
     */
    static VisionPlan of(Tensor q, int headDim, int maxLen, int maxSharedBytes) {
        int piece = 16 / q.dtype().bytes();
        if (headDim % piece != 0 || headDim < piece || headDim > MAX_DIM || q.cols() % headDim != 0) {
            throw new IllegalArgumentException("vision attention: q is " + q + " with heads of " + headDim + " elements; the CUDA kernel does multiples of "
                    + piece + " up to " + MAX_DIM);
        }
        return choose(q.dtype(), headDim, maxLen, maxSharedBytes);
    }

    /**
     * 128 query rows a block, or 64 where segments have no more or the outputs of more would not fit the registers; as many keys a step as there are
     * registers and shared memory for.
     */
    static VisionPlan choose(DType type, int headDim, int maxLen, int maxSharedBytes) {
        int rowTiles = maxLen > 64 && headDim * type.bytes() <= 256 ? 2 : 1;
        int blockN = type == DType.F32 || headDim > 96 && rowTiles > 1 ? 32 : 64;
        while (new VisionPlan(type, headDim, rowTiles, blockN).sharedBytes() > maxSharedBytes) {
            blockN /= 2;
        }
        return new VisionPlan(type, headDim, rowTiles, blockN);
    }

    /** Query rows of a block. */
    int blockM() {
        return WARPS * 16 * rowTiles;
    }

    int sharedBytes() {
        return (blockM() + 4 * blockN) * padded().sharedKeyBytes();
    }

    KernelSpec spec() {
        return padded().spec("vision_attention").with("WIDTH", headDim).with("ROW_TILES", rowTiles).with("BLOCK_N", blockN);
    }

    /** Heads as they lie in shared memory, in multiples of what the tensor cores multiply at once. */
    private AttentionVariant padded() {
        return new AttentionVariant(type, Math.ceilDiv(headDim, STEP) * STEP, 1, 1);
    }
}
