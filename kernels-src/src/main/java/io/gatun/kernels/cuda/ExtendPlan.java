package io.gatun.kernels.cuda;

import io.gatun.memory.DType;
import java.util.stream.IntStream;

/**
 * The tiles of {@code attention_extend.cu} and of the kernels whose bits do not depend on the batch.
 *
 * @param rowTiles how often 16 query rows a warp has
 * @param blockN positions a step
 */
record ExtendPlan(AttentionVariant attention, int rowTiles, int blockN) {
    static final int WARPS = 4;
    private static final int LARGEST = 64;
    private static final int SMALLEST = 16;

    /**
     * The longest steps that shared memory has room for; in fp32 they gain nothing and take long to compile, and where keys and values differ in size, or
     * tokens see later ones, they need more registers than there are. A warp has 32 rows, or 16 where the output of more would not fit the registers.
     */
    static ExtendPlan choose(AttentionVariant attention, int maxSharedBytes) {
        int rowTiles = attention.rowBytes() <= 256 ? 2 : 1;
        boolean shorter = attention.type() == DType.F32 || attention.headDim() != attention.valueDim() || attention.blocks() && rowTiles > 1;
        return IntStream.iterate(shorter ? LARGEST / 2 : LARGEST, n -> n >= SMALLEST, n -> n / 2)
                .mapToObj(n -> new ExtendPlan(attention, rowTiles, n)).filter(plan -> plan.sharedBytes() <= maxSharedBytes).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("extend: heads of " + Math.max(attention.headDim(), attention.valueDim()) + " "
                        + attention.type() + " elements need " + new ExtendPlan(attention, rowTiles, SMALLEST).sharedBytes()
                        + " bytes of shared memory but a block of this GPU has " + maxSharedBytes));
    }

    /** The same steps for few query rows. */
    ExtendPlan forDecode() {
        return new ExtendPlan(attention, 1, blockN);
    }

    /** Query rows of a block: tokens times the heads of a group. */
    int blockM() {
        return WARPS * 16 * rowTiles;
    }

    int sharedBytes() {
        return (blockM() + 2 * blockN) * attention.sharedKeyBytes() + 2 * blockN * attention.sharedValueBytes();
    }

    KernelSpec spec() {
        return spec("attention_extend");
    }

    KernelSpec extendInvariantSpec() {
        return spec("attention_extend_invariant");
    }

    KernelSpec decodeInvariantSpec() {
        return spec("attention_decode_invariant");
    }

    private KernelSpec spec(String operation) {
        return attention.spec(operation).with("ROW_TILES", rowTiles).with("BLOCK_N", blockN);
    }
}
