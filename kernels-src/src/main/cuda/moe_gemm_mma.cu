// Experts for many tokens on the tensor cores of every architecture from sm_80 on: each block multiplies a tile of pairs of one expert with TILE_N rows of
// its weights, over all of k in one order, so that a pair's bits do not depend on the tile.
//
// Gates and ups take turns in a tile's columns, wherever they lie in the weights: a lane holds both of a feature.
// Macros: T (bf16, f16), ACTIVATION, TOP_K, TILE_M, TILE_N, WARPS_M, WARPS_N, STAGES, HAS_BIAS (0, 1). Demands k % 8 == 0 and 16-byte aligned rows.
//   grid (⌈n / TILE_N⌉, tiles), block 32 · WARPS_M · WARPS_N, dynamic shared memory STAGES · (TILE_M + TILE_N) · 128
#include "activation.cuh"
#include "gemm_tiles.cuh"
#include "moe_tiles.cuh"

// As Copier, of rows that lie anywhere.
template <int TILE_ROWS> struct Gatherer {
    static constexpr int ROWS = TILE_ROWS / Copier<TILE_ROWS>::ROW_STEP;
    const T* source;
    i64 stride;
    i32 rows[ROWS];  // negative: there is none
    u32 offset;
    int column;

    template <typename RowOf> DEVICE Gatherer(const T* source, i64 stride, const RowOf& rowOf) : source(source), stride(stride) {
        const int row = threadIdx.x / 8;
        column = threadIdx.x % 8 * 8;
        offset = chunkOffset(row, threadIdx.x % 8);
#pragma unroll
        for (int i = 0; i < ROWS; i++) rows[i] = rowOf(row + i * Copier<TILE_ROWS>::ROW_STEP);
    }
    DEVICE void copy(u32 shared, int k0, int k) const {
        const bool inside = k0 + column < k;
#pragma unroll
        for (int i = 0; i < ROWS; i++) {
            const bool exists = inside && rows[i] >= 0;
            copyAsync16(shared + offset + i * Copier<TILE_ROWS>::ROW_STEP * ROW_BYTES, exists ? source + rows[i] * stride + k0 + column : source, exists);
        }
    }
};

// Column c of the tiles' columns is this row of an expert's gates and ups.
DEVICE int gateUpRow(int c, int n) { return INTERLEAVED ? c : c % 2 * (n / 2) + c / 2; }

// w: the expert's n rows of k. Calls store(slot, column, first, second) for neighbouring columns of each pair of the tile.
template <bool GATE_UP, typename RowOf, typename Store>
DEVICE void multiply(const T* x, i64 xStride, const RowOf& rowOf, const T* w, i32 n, i32 k, const Store& store) {
    extern __shared__ __align__(128) u8 shared[];
    const u32 base = sharedAddress(shared);
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int warpRow = warp % WARPS_M * WARP_M, warpColumn = warp / WARPS_M * WARP_N, row0 = blockIdx.x * TILE_N;
    const Gatherer<TILE_M> xCopier(x, xStride, rowOf);
    Copier<TILE_N> wCopier(w, k, row0, n);
    if (GATE_UP && !INTERLEAVED) {  // rows of one thread are an even number apart
        wCopier.at = w + i64(gateUpRow(row0 + threadIdx.x / 8, n)) * k + wCopier.column;
        wCopier.step /= 2;
    }
    float sum[WARP_M / 16][WARP_N / 8][4] = {};
    multiplyTile(sum, base, 0, divUp(k, DEPTH), warpRow, warpColumn, lane, [&](u32 stage, int k0) {
        xCopier.copy(stage, k0, k);
        wCopier.copy(stage + X_BYTES, k0, k);
    });
    const int g = lane / 4, t = lane % 4;
#pragma unroll
    for (int i = 0; i < WARP_M / 16; i++)
#pragma unroll
        for (int half = 0; half < 2; half++)
#pragma unroll
            for (int j = 0; j < WARP_N / 8; j++)
                store(warpRow + i * 16 + half * 8 + g, row0 + warpColumn + j * 8 + 2 * t, sum[i][j][half * 2], sum[i][j][half * 2 + 1]);
}

// x: rows with a stride in elements; w [experts, n, k], n = 2 · intermediate; activated [pairs, n / 2].
KERNEL __launch_bounds__(THREADS) experts_gate_up(const T* __restrict__ x, i64 xStride, const i32* __restrict__ sorted, const Tile* __restrict__ tiles,
                                                  const T* __restrict__ w, const T* __restrict__ bias, T* __restrict__ activated, i32 n, i32 k) {
    waitForPreviousKernel();
    const Tile tile = tiles[blockIdx.y];
    if (tile.expert < 0) return;
    sorted += tile.first;
    bias += i64(tile.expert) * n;
    auto rowOf = [&](int slot) { return slot < tile.count ? sorted[slot] / TOP_K : -1; };
    multiply<true>(x, xStride, rowOf, w + i64(tile.expert) * n * k, n, k, [&](int slot, int column, float gate, float up) {
        if (slot >= tile.count || column >= n) return;
        if (HAS_BIAS) gate += toFloat(bias[gateUpRow(column, n)]), up += toFloat(bias[gateUpRow(column + 1, n)]);
        activated[i64(sorted[slot]) * (n / 2) + column / 2] = fromFloat<T>(gated<T>(toFloat(fromFloat<T>(gate)), toFloat(fromFloat<T>(up))));
    });
}

// activated [pairs, k]; w [experts, n, k]; out [pairs, n].
KERNEL __launch_bounds__(THREADS) experts_down(const T* __restrict__ activated, const i32* __restrict__ sorted, const Tile* __restrict__ tiles,
                                               const T* __restrict__ w, const T* __restrict__ bias, T* __restrict__ out, i32 n, i32 k) {
    waitForPreviousKernel();
    const Tile tile = tiles[blockIdx.y];
    if (tile.expert < 0) return;
    sorted += tile.first;
    bias += i64(tile.expert) * n;
    auto rowOf = [&](int slot) { return slot < tile.count ? sorted[slot] : -1; };
    multiply<false>(activated, k, rowOf, w + i64(tile.expert) * n * k, n, k, [&](int slot, int column, float first, float second) {
        if (slot >= tile.count || column >= n) return;
        if (HAS_BIAS) first += toFloat(bias[column]), second += toFloat(bias[column + 1]);  // n is even
        storePair(out + i64(sorted[slot]) * n + column, first, second, column, n);
    });
}
