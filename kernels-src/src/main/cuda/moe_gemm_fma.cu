// Experts for many tokens in plain fp32 arithmetic: what moe_gemm_mma.cu is on tensor cores, for fp32 models.
//
// Macros: T, ACTIVATION, TOP_K, TILE_M, TILE_N (multiples of 64), VECTOR (1: rows are aligned to 4 elements), HAS_BIAS (0, 1).
//   grid (⌈n / TILE_N⌉, tiles), block 256
#include "activation.cuh"
#include "fma_tiles.cuh"
#include "moe_tiles.cuh"

// Column c of the tiles' columns is this row of an expert's gates and ups, which take turns there.
DEVICE int gateUpRow(int c, int n) { return INTERLEAVED ? c : c % 2 * (n / 2) + c / 2; }

// x: rows with a stride in elements; w [experts, n, k], n = 2 · intermediate; activated [pairs, n / 2].
KERNEL __launch_bounds__(256) experts_gate_up(const T* __restrict__ x, i64 xStride, const i32* __restrict__ sorted, const Tile* __restrict__ tiles,
                                              const T* __restrict__ w, const T* __restrict__ bias, T* __restrict__ activated, i32 n, i32 k) {
    waitForPreviousKernel();
    const Tile tile = tiles[blockIdx.y];
    if (tile.expert < 0) return;
    sorted += tile.first;
    w += i64(tile.expert) * n * k;
    bias += i64(tile.expert) * n;
    const int row0 = blockIdx.x * TILE_N;
    float sum[THREAD_M][THREAD_N] = {};
    multiplyTile(sum, 0, tile.count, [&](int slot) { return x + (slot < tile.count ? sorted[slot] / TOP_K : 0) * xStride; }, row0, n,
                 [&](int row) { return w + i64(gateUpRow(row, n)) * k; }, k);
#pragma unroll
    for (int i = 0; i < THREAD_M; i++)
#pragma unroll
        for (int j = 0; j < THREAD_N; j += 2) {
            const int slot = place(threadIdx.x / 16, i), column = row0 + place(threadIdx.x % 16, j);
            if (slot >= tile.count || column >= n) continue;
            const float gate = sum[i][j] + (HAS_BIAS ? toFloat(bias[gateUpRow(column, n)]) : 0.f);
            const float up = sum[i][j + 1] + (HAS_BIAS ? toFloat(bias[gateUpRow(column + 1, n)]) : 0.f);
            activated[i64(sorted[slot]) * (n / 2) + column / 2] = fromFloat<T>(gated<T>(toFloat(fromFloat<T>(gate)), toFloat(fromFloat<T>(up))));
        }
}

// activated [pairs, k]; w [experts, n, k]; out [pairs, n].
KERNEL __launch_bounds__(256) experts_down(const T* __restrict__ activated, const i32* __restrict__ sorted, const Tile* __restrict__ tiles,
                                           const T* __restrict__ w, const T* __restrict__ bias, T* __restrict__ out, i32 n, i32 k) {
    waitForPreviousKernel();
    const Tile tile = tiles[blockIdx.y];
    if (tile.expert < 0) return;
    sorted += tile.first;
    w += i64(tile.expert) * n * k;
    bias += i64(tile.expert) * n;
    const int row0 = blockIdx.x * TILE_N;
    float sum[THREAD_M][THREAD_N] = {};
    multiplyTile(sum, 0, tile.count, [&](int slot) { return activated + i64(slot < tile.count ? sorted[slot] : 0) * k; }, row0, n,
                 [&](int row) { return w + i64(row) * k; }, k);
#pragma unroll
    for (int i = 0; i < THREAD_M; i++)
#pragma unroll
        for (int j = 0; j < THREAD_N; j++) {
            const int slot = place(threadIdx.x / 16, i), column = row0 + place(threadIdx.x % 16, j);
            if (slot < tile.count && column < n)
                out[i64(sorted[slot]) * n + column] = fromFloat<T>(sum[i][j] + (HAS_BIAS ? toFloat(bias[column]) : 0.f));
        }
}
