// Causal attention of new tokens over everything their request has in the paged cache, on Hopper: what attention_extend.cu does, for 16-bit heads of 64 or
// 128 elements and pages of 64.
//
// PACK heads of a group are packed: a tile has TOKENS new tokens of each, head by head, so that keys and values are read once for all of them. A persistent
// grid draws tiles from a counter, each request's longest first; a tile's page is one copy for every 64 columns.
//
// Macros besides those of attention_wgmma.cuh: PACK, a power of two that divides GROUP, at most 8. GROUP is a multiple of it.
// Tensor maps: 2-D of T, 128-byte swizzle: q [tokens, heads · HEAD_DIM] with box TOKENS x 64, kCache and vCache [pages · numKvHeads · 64, HEAD_DIM] with box
// 64 x 64.
// Launch: block CONSUMERS + 128, grid min(tiles, SMs) or any; dynamic shared memory 1024 + Q_BYTES + 2 · STAGES · KV_BYTES.
#include "attention_wgmma.cuh"
#include "ragged_tiles.cuh"

static_assert(PAGE_SIZE == 64 && (HEAD_DIM == 64 || HEAD_DIM == 128), "pages of 64, heads of 64 or 128");
static_assert(GROUP % PACK == 0, "PACK divides GROUP");

constexpr int TOKENS = BLOCK_M / PACK;
static_assert(TOKENS % 8 == 0, "a box of queries is a whole number of swizzled eights of rows");

// A tile's positions, in steps of BLOCK_N.
DEVICE int endOf(const Tile& tile) { return tile.prefix + min(tile.first + TOKENS, tile.rows); }
DEVICE int beginOf(const Tile& tile, int window) { return HAS_WINDOW ? max(0, tile.prefix + tile.first - window + 1) / BLOCK_N * BLOCK_N : 0; }
DEVICE int stepsOf(const Tile& tile, int window) { return divUp(endOf(tile) - beginOf(tile, window), BLOCK_N); }
DEVICE int kvHeadOf(const Tile& tile) { return tile.slot * PACK / GROUP; }

// The producer's copies of one tile.
struct Copies {
    const TensorMap &q, &kCache, &vCache;
    const i32* pages;  // of the request
    int numKvHeads;

    DEVICE void queries(const Block& block, const Tile& tile) const {
        barrierExpect(block.qFull, Q_BYTES);
        for (int head = 0; head < PACK; head++)
            for (int box = 0; box < BOXES; box++)
                copyBox(block.q + (box * BLOCK_M + head * TOKENS) * BOX_ROW, q, (tile.slot * PACK + head) * HEAD_DIM + box * 64, tile.start + tile.first,
                        block.qFull);
    }

    // Positions from `position` on; pages past the request's are its last one again, whose positions are masked.
    DEVICE void positions(const TensorMap& cache, Ring& ring, const Tile& tile, int position) const {
        barrierWait(ring.freed(), ring.phase ^ 1);
        barrierExpect(ring.filled(), KV_BYTES);
#pragma unroll
        for (int i = 0; i < BLOCK_N / PAGE_SIZE; i++) {
            const int page = pages[min(position / PAGE_SIZE + i, (tile.length() - 1) / PAGE_SIZE)];
            const int row = (page * numKvHeads + kvHeadOf(tile)) * PAGE_SIZE;
#pragma unroll
            for (int box = 0; box < BOXES; box++)
                copyBox(ring.tile() + box * KV_BOX + i * PAGE_SIZE * BOX_ROW, cache, box * 64, row, ring.filled());
        }
        ring.advance();
    }
};

// q and out: rows of numKvHeads · GROUP heads of HEAD_DIM, out's outStride elements apart. Request b's pages are row tableRows[b] of pageTable. qoIndptr
// [batch + 1] bounds each request's rows of q; kvLens [batch] counts its positions, the new ones included. A token sees `window` positions, itself included;
// sinks [numKvHeads · GROUP] join the sums. `drawn` is zero, and is left so.
KERNEL __launch_bounds__(THREADS, 1) attention_extend_wgmma(const __grid_constant__ TensorMap q, const __grid_constant__ TensorMap kCache,
        const __grid_constant__ TensorMap vCache, T* out, const i32* pageTable, const i32* tableRows, const i32* qoIndptr, const i32* kvLens, u32* drawn,
        i64 outStride, i32 pageTableStride, i32 batch, i32 numKvHeads, f32 scale, i32 window, f32 cap, const T* sinks) {
    extern __shared__ u8 dynamicShared[];
    __shared__ u64 barriers[Block::BARRIERS];
    __shared__ Tile announced[2];  // tiles in turn; the one before is still being written out
    Block block((sharedAddress(dynamicShared) + 1023) & ~1023u, sharedAddress(barriers));
    if (threadIdx.x == 0) block.initBarriers();
    __syncthreads();

    const int warp = uniform(threadIdx.x / 32), warpgroup = warp / 4;
    if (warpgroup == WARPGROUPS) {
        fewerRegisters<PRODUCER_REGISTERS>();
        if (warp > 4 * WARPGROUPS) return;
        const bool leader = threadIdx.x % 32 == 0;
        if (leader) {
            prefetchMap(q);
            prefetchMap(kCache);
            prefetchMap(vCache);
        }
        const RaggedTiles<TOKENS> tiles{qoIndptr, kvLens, batch, numKvHeads * (GROUP / PACK), drawn};
        u32 total;
        Tile tile = tiles.at(blockIdx.x, total);
        for (u32 turn = 0;; turn++) {
            barrierWait(block.qEmpty, turn % 2 ^ 1);
            if (leader) announced[turn % 2] = tile;
            if (tile.sequence < 0) {
                if (leader) barrierArrive(block.qFull);
                break;
            }
            const u32 ticket = tiles.draw();
            if (leader) {
                const Copies copies{q, kCache, vCache, pageTable + i64(tableRows[tile.sequence]) * pageTableStride, numKvHeads};
                copies.queries(block, tile);
                const int begin = beginOf(tile, window), steps = stepsOf(tile, window);
                for (int i = 0; i < steps; i++) {
                    copies.positions(kCache, block.keys, tile, begin + i * BLOCK_N);
                    copies.positions(vCache, block.values, tile, begin + i * BLOCK_N);
                }
            }
            __syncwarp();
            tile = tiles.next(ticket);
        }
    } else {
        moreRegisters<CONSUMER_REGISTERS>();
        const int lane = threadIdx.x % 32;
        Attention attention{block.q + warpgroup * 64 * BOX_ROW, block.keys, block.values, {warpgroup}};
        attention.turns.begin();
        for (u32 turn = 0;; turn++) {
            barrierWait(block.qFull, turn % 2);
            const Tile tile = announced[turn % 2];
            if (uniform(tile.sequence) < 0) break;
            const int row = warp * 16 + lane / 4;
            const int token[2] = {tile.first + row % TOKENS, tile.first + (row + 8) % TOKENS};
            const int seen[2] = {tile.prefix + token[0], tile.prefix + token[1]};
            const int begin = beginOf(tile, window), steps = uniform(stepsOf(tile, window));
            // From the first tile on that a row does not see all of, and up to the last whose first positions are out of a row's window.
            const int whole = uniform((tile.prefix + tile.first + 1 - begin) / BLOCK_N);
            const int windowed = HAS_WINDOW ? uniform(divUp(max(0, endOf(tile) - window - begin), BLOCK_N)) : 0;

            float o[VALUE_DIM / 2] = {};
            RowSoftmax softmax(HAS_CAP ? 1.f : scale);
            attention.add(o, softmax, steps,
                    [&](float(&s)[BLOCK_N / 2], int i) {
                        if constexpr (HAS_CAP) {
                            const float inner = capInner(scale, cap);
#pragma unroll
                            for (int j = 0; j < BLOCK_N / 2; j++) s[j] = capScore(s[j], inner, cap);
                        }
                        if (i >= whole || HAS_WINDOW && i < windowed) mask(s, seen, begin + i * BLOCK_N, window);
                    },
                    [&] {
                        if (lane == 0) barrierArrive(block.qEmpty);
                    },
                    [&] {
                        const int from = uniform(tile.length() - begin - (steps - 1) * BLOCK_N);
                        if (from < BLOCK_N) clearValues(block.values.tile(), from, warpgroup);
                    });

            float sums[2];
            T* rows[2];
            bool write[2];
#pragma unroll
            for (int h = 0; h < 2; h++) {
                const int head = tile.slot * PACK + (row + 8 * h) / TOKENS;
                sums[h] = softmax.rowSum(h);
                if constexpr (HAS_SINKS) sums[h] += sinkShare(sinks[head], softmax.top[h], softmax.scaleLog2);
                rows[h] = out + (tile.start + token[h]) * outStride + head * VALUE_DIM;
                write[h] = token[h] < tile.rows;
            }
            storeOutput<VALUE_DIM>(o, sums, rows, write);
        }
    }
}
