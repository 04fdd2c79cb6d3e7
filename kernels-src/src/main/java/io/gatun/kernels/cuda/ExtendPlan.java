package io.gatun.kernels.cuda;

import java.util.stream.Stream;

/**
 * The tiles of {@code attention_extend.cu}.
 *
 * @param warps of a block, each with {@link #rowsPerWarp()} query rows
 * @param blockN positions a step
 */
record ExtendPlan(AttentionVariant attention, int warps, int blockN) {

    /** The largest tiles that shared memory has room for. */
    static ExtendPlan choose(AttentionVariant attention, int maxSharedBytes) {
        return Stream.of(new ExtendPlan(attention, 8, 64), new ExtendPlan(attention, 4, 32), new ExtendPlan(attention, 4, 16))
                .filter(plan -> plan.sharedBytes() <= maxSharedBytes).findFirst().orElseThrow(() -> new IllegalArgumentException(
                        "extend: a head of " + attention.headDim() + " " + attention.type() + " elements needs "
                                + new ExtendPlan(attention, 4, 16).sharedBytes() + " bytes of shared memory but the GPU has " + maxSharedBytes));
    }

    /** Two tiles of 16 rows where their output fits the registers. */
    int rowsPerWarp() {
        return attention.rowBytes() <= 256 ? 32 : 16;
    }

    int blockM() {
        return warps * rowsPerWarp();
    }

    int sharedBytes() {
        return (blockM() + 4 * blockN) * attention.sharedRowBytes();
    }

    KernelSpec spec() {
        return attention.spec("attention_extend").with("WARPS", warps).with("BLOCK_N", blockN);
    }
}
