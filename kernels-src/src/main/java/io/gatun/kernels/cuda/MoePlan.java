package io.gatun.kernels.cuda;

import io.gatun.kernels.cuda.LinearPlan.GemmMma;
import io.gatun.memory.DType;

/** The tiles in which experts are multiplied with their tokens. The choice moves no bit of any token. */
sealed interface MoePlan {
    /** Up to this many tokens the weights are streamed for each token. */
    int STREAMED_TOKENS = 8;

    /** {@code moe_gemm_mma.cu}: 16-bit. */
    record Mma(int tileM) implements MoePlan {
        private GemmMma tile() {
            return new GemmMma(tileM, 1);
        }

        @Override
        public int tileN() {
            return GemmMma.TILE_N;
        }

        @Override
        public int threads() {
            return 32 * tile().warpsM() * tile().warpsN();
        }

        @Override
        public int sharedBytes() {
            return tile().sharedBytes();
        }

        @Override
        public KernelSpec spec(String entry) {
            return KernelSpec.of("moe_gemm_mma", entry).with("TILE_M", tileM).with("TILE_N", tileN()).with("WARPS_M", tile().warpsM())
                    .with("WARPS_N", tile().warpsN()).with("STAGES", tile().stages());
        }
    }

    /** {@code moe_gemm_fma.cu}: fp32. */
    record Fma() implements MoePlan {
        @Override
        public int tileM() {
            return 64;
        }

        @Override
        public int tileN() {
            return 64;
        }

        @Override
        public int threads() {
            return 256;
        }

        @Override
        public int sharedBytes() {
            return 0;
        }

        @Override
        public KernelSpec spec(String entry) {
            return KernelSpec.of("moe_gemm_fma", entry).with("TILE_M", tileM()).with("TILE_N", tileN()).with("VECTOR", 1);
        }
    }

    int tileM();

    int tileN();

    int threads();

    int sharedBytes();

    /** The kernel {@code entry} but for what does not depend on the tile. */
    KernelSpec spec(String entry);

    /** Whether streaming weights for each token, those of one expert several times through L2, beats sorting the tokens. */
    static boolean streams(int tokens, int topK, int experts) {
        return tokens <= STREAMED_TOKENS || tokens * (long) topK <= experts;
    }

    /** The smallest tile that holds the tokens of an average expert. */
    static MoePlan tile(int pairs, int experts, DType type) {
        return type == DType.F32 ? new Fma() : new Mma(GemmMma.tileFor(LinearPlan.divUp(pairs, experts)));
    }

    /** A bound of how many tiles {@code pairs} fill, however they are divided among the experts. */
    default int maxTiles(int pairs, int experts) {
        return Math.min(pairs, pairs / tileM() + Math.min(experts, pairs));
    }
}
