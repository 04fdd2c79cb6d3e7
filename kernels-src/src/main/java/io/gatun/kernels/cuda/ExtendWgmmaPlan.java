package io.gatun.kernels.cuda;

import io.gatun.memory.DType;
import java.util.Optional;

/**
 * The tiles of {@code attention_extend_wgmma.cu}.
 *
 * @param pack heads of a group that share a tile
 * @param warpgroups each has 64 query rows
 * @param boundedWaits whether a wait of seconds within the kernel fails, for tests
 */
record ExtendWgmmaPlan(AttentionVariant attention, int pack, int warpgroups, boolean boundedWaits) {
    private static final int HOPPER = 90;
    private static final int PAGE_SIZE = 64;
    private static final int MAX_PACK = 8;
    private static final int BLOCK_N = 128;
    private static final int STAGES = 2;

    /**
     * The plan where the kernel does it: on Hopper, for 16-bit heads of 64 or 128 elements in pages of 64, and no token that sees later ones.
     *
     * @param computeCapability times ten
     */
    static Optional<ExtendWgmmaPlan> choose(AttentionVariant attention, int computeCapability) {
        boolean fits = computeCapability == HOPPER && attention.type() != DType.F32 && !attention.blocks() && attention.pageSize() == PAGE_SIZE
                && attention.headDim() == attention.valueDim() && (attention.headDim() == 64 || attention.headDim() == 128);
        return fits ? Optional.of(new ExtendWgmmaPlan(attention, Math.min(Integer.lowestOneBit(attention.group()), MAX_PACK), 2, false)) : Optional.empty();
    }

    /** The same kernel, which fails rather than hang. */
    ExtendWgmmaPlan withBoundedWaits() {
        return new ExtendWgmmaPlan(attention, pack, warpgroups, true);
    }

    /** New tokens of a tile. */
    int tokens() {
        return 64 * warpgroups / pack;
    }

    /** Rows of a box of keys or values: a page. */
    int cacheRows() {
        return PAGE_SIZE;
    }

    /** Tiles that requests with so many new tokens each have at most. */
    int tiles(int requests, int newTokens, int kvHeads) {
        return Math.multiplyExact(requests * kvHeads * (attention.group() / pack), Math.ceilDiv(newTokens, tokens()));
    }

    int threads() {
        return 128 * (warpgroups + 1);
    }

    int sharedBytes() {
        return 1024 + (64 * warpgroups + 2 * STAGES * BLOCK_N) * attention.headDim() * attention.type().bytes();
    }

    KernelSpec spec() {
        var spec = attention.spec("attention_extend_wgmma").with("PACK", pack).with("WARPGROUPS", warpgroups).with("STAGES", STAGES);
        return boundedWaits ? spec.with("BOUNDED_WAITS", 1) : spec;
    }
}
