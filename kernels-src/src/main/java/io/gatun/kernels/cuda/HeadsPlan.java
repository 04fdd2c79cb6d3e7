package io.gatun.kernels.cuda;

import io.gatun.memory.DType;

/**
 * The tiles of {@code linear_heads.cu}; a result's bits are the same with all of them.
 *
 * @param tokens rows of x of a block
 * @param outs output features of a block
 */
record HeadsPlan(DType type, int k, int tokens, int outs) {
    private static final int FEW = 16;
    private static final int MANY = 64;
    private static final int PADDING = 16;

    /**
     * Many rows of x share what is read of the weights, where there are many and shared memory has room for them.
     *
     * @throws IllegalArgumentException if it has not even room for few
     */
    static HeadsPlan choose(DType type, int k, int tokens, int maxSharedBytes) {
        int outs = type == DType.F32 ? 32 : 64;
        var many = new HeadsPlan(type, k, MANY, outs);
        var plan = tokens > FEW && many.sharedBytes() <= maxSharedBytes ? many : new HeadsPlan(type, k, FEW, outs);
        if (k % 16 != 0 || plan.sharedBytes() > maxSharedBytes) {
            throw new IllegalArgumentException("linearHeads: " + k + " input features a head in " + type + "; the CUDA kernel does multiples of 16 of which "
                    + (FEW + outs) + " rows fit the " + maxSharedBytes + " bytes of shared memory");
        }
        return plan;
    }

    int sharedBytes() {
        return (tokens + outs) * (k * type.bytes() + PADDING);
    }

    KernelSpec spec() {
        return KernelSpec.of("linear_heads", "linear_heads").with("T", type).with("K", k).with("TOKENS", tokens).with("OUTS", outs);
    }
}
