package io.gatun.kernels.cuda;

import java.util.Arrays;
import java.util.Comparator;

/** A kernel for a product together with its tile sizes; the sources say what each demands and how it is launched. */
sealed interface LinearPlan {
    /** Up to this many rows of x the weights are streamed through registers. */
    int GEMV_ROWS = 8;

    /**
     * {@code gemv.cu}: a few tokens, 16-bit.
     *
     * @param unroll 16-byte loads of a lane and row that are in flight at once
     */
    record Gemv(int warps, int unroll, int blocksPerSm) implements LinearPlan {
        static final int ROWS_PER_BLOCK = 16;

        Gemv(int blocksPerSm) {
            this(16, 4, blocksPerSm);
        }

        /** On Blackwell the registers that two blocks leave each other do not suffice. */
        static Gemv choose(int computeCapability) {
            return new Gemv(computeCapability < 100 ? 2 : 1);
        }
    }

    /**
     * {@code gemv_stream.cu}: a few tokens, 16-bit, on Hopper and later.
     *
     * @param steps 32 k each that a warp takes of a piece
     * @param rowTiles 16 rows each of a piece
     */
    record GemvStream(int warps, int steps, int rowTiles, int stages) implements LinearPlan {
        int rows() {
            return 16 * rowTiles;
        }

        int threads() {
            return 32 * warps + 32;
        }

        int sharedBytes() {
            return stages * rows() * (warps * steps * 64 + 64);
        }
    }

    /** {@code gemv_fma.cu}: a few tokens, any dtype and alignment. */
    record GemvFma(boolean vector) implements LinearPlan {
        static final int ROWS_PER_BLOCK = 8;
    }

    /** {@code gemm_fma.cu}: any number of tokens, dtype and alignment. */
    record GemmFma(boolean vector, int tileN) implements LinearPlan {
        static final int TILE_M = 64;

        static GemmFma choose(LinearProblem p, int multiprocessors) {
            boolean fillsWideTiles = (long) divUp(p.m(), TILE_M) * divUp(p.n(), 128) >= multiprocessors;
            return new GemmFma(p.aligned(), fillsWideTiles ? 128 : 64);
        }
    }

    /** {@code gemm_mma.cu}: 16-bit on the tensor cores of every architecture. Every tile fits the smallest shared memory, 99 KB. */
    record GemmMma(int tileM, int splits) implements LinearPlan {
        static final int TILE_N = 128;
        private static final int DEPTH = 64;
        private static final int MAX_SPLITS = 8;

        /** The smallest tile that holds m; k is split until every multiprocessor has a block. */
        static GemmMma choose(LinearProblem p, int multiprocessors) {
            int tileM = tileFor(p.m());
            long tiles = (long) divUp(p.m(), tileM) * divUp(p.n(), TILE_N);
            int splits = 1;
            while (tiles * splits < multiprocessors && splits < MAX_SPLITS && splits * DEPTH * 2 < p.k()) {
                splits *= 2;
            }
            return new GemmMma(tileM, splits);
        }

        static int tileFor(int m) {
            return Math.clamp(Integer.highestOneBit(Math.max(1, m - 1)) * 2, 16, 128);
        }

        int warpsM() {
            return tileM < 64 ? 1 : 2;
        }

        int warpsN() {
            return tileM < 64 ? 4 : 2;
        }

        int stages() {
            return switch (tileM) {
                case 16 -> 5;
                case 128 -> 3;
                default -> 4;
            };
        }

        int sharedBytes() {
            return stages() * (tileM + TILE_N) * DEPTH * 2;
        }
    }

    /**
     * {@code gemm_wgmma.cu}: 16-bit on Hopper's tensor cores.
     *
     * @param warpgroups each has 64 rows of the weights
     */
    record GemmWgmma(int tokens, int splits, int warpgroups) implements LinearPlan {
        private static final int ROWS = 128;
        private static final int DEPTH = 64;
        static final int[] TOKENS = {16, 32, 64, 96, 128, 192, 256};
        static final int MAX_SPLITS = 8;
        private static final int SHARED_BYTES = 221 << 10;

        GemmWgmma(int tokens, int splits) {
            this(tokens, splits, 2);
        }

        /** The fastest tile without a split; of half the rows where that leaves multiprocessors idle. Neither moves a bit. */
        static GemmWgmma chooseInvariant(LinearProblem p, int multiprocessors) {
            int tokens = Arrays.stream(TOKENS).boxed()
                    .min(Comparator.comparingDouble(t -> new GemmWgmma(t, 1).nanoseconds(p, multiprocessors))).orElseThrow();
            int tiles = divUp(p.n(), ROWS) * divUp(p.m(), tokens);
            return new GemmWgmma(tokens, 1, 2 * tiles <= multiprocessors ? 1 : 2);
        }

        /**
         * The tile and split that {@link #nanoseconds} finds fastest. Over the layers of Llama 8B and 9 to 8192 tokens on an H200 they
         * are on average within 2 % of the fastest measured.
         */
        static GemmWgmma choose(LinearProblem p, int multiprocessors) {
            GemmWgmma best = null;
            double least = Double.POSITIVE_INFINITY;
            for (int tokens : TOKENS) {
                for (int splits = 1; splits <= MAX_SPLITS; splits *= 2) {
                    var plan = new GemmWgmma(tokens, splits);
                    double time = plan.nanoseconds(p, multiprocessors);
                    if (time < least) {
                        least = time;
                        best = plan;
                    }
                }
            }
            return best;
        }

        /**
         * Waves of blocks, each of which goes through its share of k in steps of 64. A step takes the tensor cores 2.7 ns a token, or as
         * long as it takes to bring its rows through L2, which all busy multiprocessors share. Beginning and ending a tile costs time as
         * well, and so does adding up the partial sums of a split. The numbers are fitted to measurements on an H200.
         */
        double nanoseconds(LinearProblem p, int multiprocessors) {
            long blocks = (long) divUp(p.n(), rows()) * divUp(p.m(), tokens) * splits;
            long waves = (blocks + multiprocessors - 1) / multiprocessors;
            double busy = (double) blocks / waves / multiprocessors;
            double step = Math.max(2.7 * (tokens + 10), 1.8 * (tokens + rows()) * busy);
            return waves * (divUp(divUp(p.k(), DEPTH), splits) * step + 800 + 28 * tokens * (splits - 1));
        }

        int rows() {
            return 64 * warpgroups;
        }

        int threads() {
            return 128 * warpgroups + 32;
        }

        int stages() {
            return SHARED_BYTES / stageBytes();
        }

        int sharedBytes() {
            return 1024 + Math.max(stages() * stageBytes(), splits > 1 ? tokens * (rows() + 4) * Float.BYTES : 0);
        }

        private int stageBytes() {
            return (rows() + tokens) * DEPTH * 2;
        }
    }

    /**
     * The kernel for a problem.
     *
     * @param computeCapability times ten
     */
    static LinearPlan choose(LinearProblem p, int computeCapability, int multiprocessors) {
        if (!p.fitsTensorCores()) {
            return p.m() <= GEMV_ROWS ? new GemvFma(p.aligned()) : GemmFma.choose(p, multiprocessors);
        }
        if (p.m() <= GEMV_ROWS) {
            return Gemv.choose(computeCapability);
        }
        return computeCapability == 90 ? GemmWgmma.choose(p, multiprocessors) : GemmMma.choose(p, multiprocessors);
    }

    /**
     * The kernel for a problem among those that add up a row's products in the same order for any m: one for each dtype and alignment, over all of k.
     *
     * @param computeCapability times ten
     */
    static LinearPlan chooseInvariant(LinearProblem p, int computeCapability, int multiprocessors) {
        if (!p.fitsTensorCores()) {
            return GemmFma.choose(p, multiprocessors);
        }
        return computeCapability == 90 ? GemmWgmma.chooseInvariant(p, multiprocessors) : new GemmMma(GemmMma.tileFor(p.m()), 1);
    }

    static int divUp(int a, int b) {
        return (a + b - 1) / b;
    }
}
