package io.gatun.kernels.cuda;

import io.gatun.kernels.cuda.LinearPlan.GemmFma;
import io.gatun.kernels.cuda.LinearPlan.GemmMma;
import io.gatun.kernels.cuda.LinearPlan.GemmWgmma;
import io.gatun.kernels.cuda.LinearPlan.Gemv;
import io.gatun.kernels.cuda.LinearPlan.GemvFma;
import io.gatun.kernels.cuda.LinearPlan.GemvStream;
import io.gatun.memory.DType;

/** All that a linear kernel is specialised by. */
record LinearVariant(LinearPlan plan, DType type, DType out, boolean bias) {

    KernelSpec spec() {
        return switch (plan) {
            case Gemv(int warps, int unroll, int blocksPerSm) -> kernel("gemv").with("TOKENS", LinearPlan.GEMV_ROWS)
                    .with("ROW_TILES", Gemv.ROWS_PER_BLOCK / 16).with("WARPS", warps).with("UNROLL", unroll).with("BLOCKS_PER_SM", blocksPerSm);
            case GemvStream(int warps, int steps, int rowTiles, int stages) -> kernel("gemv_stream").with("WARPS", warps).with("STEPS", steps)
                    .with("ROW_TILES", rowTiles).with("STAGES", stages);
            case GemvFma(var vector) -> kernel("gemv_fma").with("TOKENS", LinearPlan.GEMV_ROWS).with("VECTOR", flag(vector));
            case GemmFma(var vector, var tileN) -> kernel("gemm_fma").with("TILE_M", GemmFma.TILE_M).with("TILE_N", tileN)
                    .with("VECTOR", flag(vector));
            case GemmMma mma -> mma("gemm_mma", mma);
            case GemmWgmma wgmma -> kernel("gemm_wgmma").with("TOKENS", wgmma.tokens()).with("STAGES", wgmma.stages())
                    .with("SPLIT_K", wgmma.splits()).with("WARPGROUPS", wgmma.warpgroups());
        };
    }

    /** The kernel that adds the partial sums of a split {@link GemmMma}. */
    KernelSpec addPartialsSpec() {
        return mma("add_partials", (GemmMma) plan);
    }

    private KernelSpec mma(String entry, GemmMma mma) {
        return kernel("gemm_mma", entry).with("TILE_M", mma.tileM()).with("TILE_N", GemmMma.TILE_N).with("WARPS_M", mma.warpsM())
                .with("WARPS_N", mma.warpsN()).with("STAGES", mma.stages()).with("SPLIT_K", flag(mma.splits() > 1));
    }

    private KernelSpec kernel(String name) {
        return kernel(name, name);
    }

    private KernelSpec kernel(String source, String entry) {
        return KernelSpec.of(source, entry).with("T", type).with("OUT", out).with("HAS_BIAS", flag(bias));
    }

    private static int flag(boolean on) {
        return on ? 1 : 0;
    }
}
