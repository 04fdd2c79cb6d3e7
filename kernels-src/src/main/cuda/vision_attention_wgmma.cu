// Attention in both directions inside of segments of rows on Hopper: what vision_attention.cu does, for 16-bit heads of 64, 72 or 80 elements.
//
// A persistent grid draws tiles of BLOCK_M rows of a segment and head from a counter. In shared memory heads of OUT_DIM elements have HEAD_DIM, the next
// multiple of 16; the copy engine fills up with zeros.
//
// Macros besides those of attention_wgmma.cuh: OUT_DIM. GROUP and PAGE_SIZE are 1 and HAS_WINDOW, HAS_CAP, HAS_SINKS are 0.
// Tensor maps of q, k and v: 3-D of T, 128-byte swizzle, [rows, heads, OUT_DIM] with box 128 x 1 x 64.
// Launch: block CONSUMERS + 128, grid min(tiles, SMs) or any; dynamic shared memory 1024 + Q_BYTES + 2 · STAGES · KV_BYTES.
#include "attention_wgmma.cuh"
#include "ragged_tiles.cuh"

static_assert(OUT_DIM % 8 == 0 && OUT_DIM <= HEAD_DIM && HEAD_DIM - OUT_DIM < 16, "OUT_DIM must be whole pieces of 16 bytes, HEAD_DIM the next multiple of 16");
static_assert(BLOCK_M == BLOCK_N, "one box for all");

// BLOCK_M rows of a head.
DEVICE void copyHead(u32 tile, const TensorMap& map, int head, int row, u32 barrier) {
    barrierExpect(barrier, Q_BYTES);
#pragma unroll
    for (int box = 0; box < BOXES; box++) copyBox(tile + box * KV_BOX, map, box * 64, head, row, barrier);
}

DEVICE void copyHead(Ring& ring, const TensorMap& map, int head, int row) {
    barrierWait(ring.freed(), ring.phase ^ 1);
    copyHead(ring.tile(), map, head, row, ring.filled());
    ring.advance();
}

// out: rows of `heads` heads of OUT_DIM, outStride elements apart; cuSeqlens [segments + 1] bounds each segment's rows. `drawn` is zero, and is left so.
KERNEL __launch_bounds__(THREADS, 1) vision_attention_wgmma(const __grid_constant__ TensorMap q, const __grid_constant__ TensorMap k,
        const __grid_constant__ TensorMap v, T* out, const i32* cuSeqlens, u32* drawn, i64 outStride, i32 segments, i32 heads, f32 scale) {
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
        const RaggedTiles<BLOCK_M> tiles{cuSeqlens, nullptr, segments, heads, drawn};
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
                copyHead(block.q, q, tile.slot, tile.start + tile.first, block.qFull);
                for (int n0 = 0; n0 < tile.rows; n0 += BLOCK_N) {
                    copyHead(block.keys, k, tile.slot, tile.start + n0);
                    copyHead(block.values, v, tile.slot, tile.start + n0);
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
            const int steps = uniform(divUp(tile.rows, BLOCK_N)), whole = uniform(tile.rows / BLOCK_N);
            const int seen[2] = {tile.rows - 1, tile.rows - 1};

            float o[VALUE_DIM / 2] = {};
            RowSoftmax softmax(scale);
            attention.add(o, softmax, steps,
                    [&](float(&s)[BLOCK_N / 2], int i) {
                        if (i >= whole) mask(s, seen, i * BLOCK_N, 0);
                    },
                    [&] {
                        if (lane == 0) barrierArrive(block.qEmpty);
                    },
                    [&] {
                        if (whole < steps) clearValues(block.values.tile(), uniform(tile.rows % BLOCK_N), warpgroup);
                    });

            float sums[2];
            T* rows[2];
            bool write[2];
#pragma unroll
            for (int h = 0; h < 2; h++) {
                const int row = tile.first + warp * 16 + lane / 4 + 8 * h;
                sums[h] = softmax.rowSum(h);
                rows[h] = out + (tile.start + row) * outStride + tile.slot * OUT_DIM;
                write[h] = row < tile.rows;
            }
            storeOutput<OUT_DIM>(o, sums, rows, write);
        }
    }
}
