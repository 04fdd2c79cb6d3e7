package io.gatun.kernels.cuda;

import io.gatun.memory.DType;
import java.util.stream.IntStream;

/**
 * The tiles of {@code attention_extend.cu}: each of its warps has 32 query rows, or 16 where the output of more would not fit the registers.
 *
 * @param blockN positions a step
 */
record ExtendPlan(AttentionVariant attention, int blockN) {
    static final int WARPS = 4;
    private static final int LARGEST = 64;
    private static final int SMALLEST = 16;

    /** The longest steps that shared memory has room for. In fp32 they gain nothing and take long to compile. */
    static ExtendPlan choose(AttentionVariant attention, int maxSharedBytes) {
        return IntStream.iterate(attention.type() == DType.F32 ? LARGEST / 2 : LARGEST, n -> n >= SMALLEST, n -> n / 2)
                .mapToObj(n -> new ExtendPlan(attention, n)).filter(plan -> plan.sharedBytes() <= maxSharedBytes).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("extend: heads of " + attention.headDim() + " " + attention.type() + " elements need "
                        + new ExtendPlan(attention, SMALLEST).sharedBytes() + " bytes of shared memory but a block of this GPU has " + maxSharedBytes));
    }

    /** Query rows of a block: tokens times the heads of a group. */
    int blockM() {
        return WARPS * (attention.rowBytes() <= 256 ? 32 : 16);
    }

    int sharedBytes() {
        return (blockM() + 4 * blockN) * attention.sharedRowBytes();
    }

    KernelSpec spec() {
        return attention.spec("attention_extend").with("BLOCK_N", blockN);
    }
}
