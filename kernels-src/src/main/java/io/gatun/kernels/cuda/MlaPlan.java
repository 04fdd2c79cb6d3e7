package io.gatun.kernels.cuda;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.Arrays;

/**
 * What {@code attention_mla.cu} is specialised by.
 *
 * @param rowGroups how often 16 query rows a block has
 * @param blockN positions a step
 * @param invariant whether a token's bits must not depend on the batch
 */
record MlaPlan(DType type, int rank, int rope, int heads, int pageSize, int rowGroups, int blockN, boolean invariant) {
    private static final int MAX_RANK = 512;
    private static final int MAX_COLUMNS = 256;
    private static final int PADDING = 16;
    private static final int[][] TILES = {{4, 32}, {2, 32}, {2, 16}, {1, 16}};

    /** The largest tiles that shared memory has room for. */
    static MlaPlan choose(Tensor qLatent, Tensor qRope, Tensor cache, Tensor out, boolean invariant, int maxSharedBytes) {
        int dim = cache.cols();
        int heads = (qLatent.cols() + qRope.cols()) / dim;
        int rank = qLatent.cols() / Math.max(1, heads);
        int rope = dim - rank;
        if (cache.dim(1) != 1 || heads * rank != qLatent.cols() || heads * rope != qRope.cols() || out.cols() != qLatent.cols()
                || qLatent.dtype() != cache.dtype() || qRope.dtype() != cache.dtype() || out.dtype() != cache.dtype()) {
            throw new IllegalArgumentException("mla: latent queries are " + qLatent + ", rotated ones " + qRope + ", the cache " + cache + " and out " + out
                    + "; they must be [T, heads * rank], [T, heads * rope], [pages, 1, pageSize, rank + rope] and [T, heads * rank] of one dtype");
        }
        if (rank % 16 != 0 || rank > MAX_RANK || rank > MAX_COLUMNS && rank % 32 != 0 || rope % 16 != 0 || rope < 16) {
            throw new IllegalArgumentException("mla: latents of " + rank + " elements and rotated keys of " + rope
                    + "; the CUDA kernel does multiples of 16, of 32 where a latent is over " + MAX_COLUMNS + ", and latents up to " + MAX_RANK);
        }
        Vectors.requireAligned("mla", "qLatent", qLatent);
        Vectors.requireAligned("mla", "qRope", qRope);
        Vectors.requireAligned("mla", "out", out);
        return choose(cache.dtype(), rank, rope, heads, (int) cache.dim(2), invariant, maxSharedBytes);
    }

    static MlaPlan choose(DType type, int rank, int rope, int heads, int pageSize, boolean invariant, int maxSharedBytes) {
        return Arrays.stream(TILES).map(tile -> new MlaPlan(type, rank, rope, heads, pageSize, tile[0], tile[1], invariant))
                .filter(plan -> plan.sharedBytes() + plan.staticBytes() <= maxSharedBytes).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("mla: " + (rank + rope) + " " + type + " elements a token need more shared memory than the "
                        + maxSharedBytes + " bytes that a block of this GPU has"));
    }

    /** Warps that divide the columns of a row's output. */
    int columnGroups() {
        return rank > MAX_COLUMNS ? 2 : 1;
    }

    /** Query rows of a block: tokens times heads. */
    int blockRows() {
        return rowGroups * 16;
    }

    int threads() {
        return rowGroups * columnGroups() * 32;
    }

    int sharedBytes() {
        return (blockRows() + 2 * blockN) * ((rank + rope) * type.bytes() + PADDING) + blockRows() * (blockN + 8) * Float.BYTES;
    }

    /** Floats that one row's share takes while splits are added up: its outputs, and the greatest score and the sum for each column group. */
    int shareFloats() {
        return rank + 2 * columnGroups();
    }

    KernelSpec spec() {
        return KernelSpec.of("attention_mla", "attention_mla").with("T", type).with("RANK", rank).with("HEAD_DIM", rank + rope)
                .with("VALUE_DIM", rank / columnGroups()).with("GROUP", heads).with("PAGE_SIZE", pageSize).with("ROW_GROUPS", rowGroups)
                .with("BLOCK_N", blockN).with("INVARIANT", invariant ? 1 : 0).with("ROW_TILES", 1).with("HAS_WINDOW", 0).with("HAS_CAP", 0)
                .with("HAS_SINKS", 0).with("HAS_BLOCKS", 0);
    }

    private int staticBytes() {
        return 2 * blockN * Integer.BYTES + PADDING;
    }
}
