package io.gatun.kernels.cuda;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.stream.IntStream;

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
    private static final int LONGEST = 64;
    private static final int SHORTEST = 16;

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
     * registers and shared memory for. A row's bits do not depend on {@code maxLen}.
     */
    static VisionPlan choose(DType type, int headDim, int maxLen, int maxSharedBytes) {
        boolean manyRows = headDim * type.bytes() <= 256;
        int rowTiles = maxLen > 64 && manyRows ? 2 : 1;
        int most = type == DType.F32 || headDim > 96 && manyRows ? LONGEST / 2 : LONGEST;
        return IntStream.iterate(most, n -> n >= SHORTEST, n -> n / 2).mapToObj(n -> new VisionPlan(type, headDim, rowTiles, n))
                .filter(plan -> plan.sharedBytes() <= maxSharedBytes).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("vision attention: heads of " + headDim + " " + type + " elements need "
                        + new VisionPlan(type, headDim, rowTiles, SHORTEST).sharedBytes() + " bytes of shared memory but a block of this GPU has "
                        + maxSharedBytes));
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
