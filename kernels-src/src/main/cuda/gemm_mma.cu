// Linear layer on the tensor cores of every architecture from sm_80 on: out[m,n] = x[m,k] · w[n,k]^T (+ bias[n]), any m.
//
// A block owns a TILE_M x TILE_N tile and keeps STAGES slices of 64 k in shared memory, filled by cp.async while earlier ones are in use.
// With SPLIT_K set, blockIdx.z takes its share of k and writes fp32 partials [splits, m, n], which add_partials sums in a fixed order.
//
// Macros: T (bf16, f16), OUT (T or f32), TILE_M, TILE_N, WARPS_M, WARPS_N, STAGES, SPLIT_K (0, 1), HAS_BIAS (0, 1); a warp's tile is a
// multiple of 16 x 16. Demands k % 8 == 0 and 16-byte aligned rows of x and w.
// Launch gemm_mma: grid (divUp(m, TILE_M), divUp(n, TILE_N), splits), block 32 * WARPS_M * WARPS_N, dynamic shared memory
// STAGES * (TILE_M + TILE_N) * 128; partials is read only with SPLIT_K. Launch add_partials: grid divUp(n, 256) x m, block 256.
#include "gemm_tiles.cuh"

DEVICE float biasAt(const T* bias, int row, int n) { return HAS_BIAS && row < n ? toFloat(bias[row]) : 0.f; }

KERNEL __launch_bounds__(THREADS)
gemm_mma(const T* __restrict__ x, i64 xStride, const T* __restrict__ w, const T* __restrict__ bias, OUT* __restrict__ out, i64 outStride,
         float* __restrict__ partials, i32 m, i32 n, i32 k) {
    extern __shared__ __align__(128) u8 shared[];
    const u32 base = sharedAddress(shared);
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int warpRow = warp % WARPS_M * WARP_M, warpColumn = warp / WARPS_M * WARP_N;
    const int token0 = blockIdx.x * TILE_M, row0 = blockIdx.y * TILE_N;
    const int slices = divUp(k, DEPTH), share = divUp(slices, int(gridDim.z));
    const int first = blockIdx.z * share, last = min(slices, first + share);

    const Copier<TILE_M> xCopier(x, xStride, token0, m);
    const Copier<TILE_N> wCopier(w, k, row0, n);
    float sum[WARP_M / 16][WARP_N / 8][4] = {};
    multiplyTile(sum, base, first, last, warpRow, warpColumn, lane, [&](u32 stage, int k0) {
        xCopier.copy(stage, k0, k);
        wCopier.copy(stage + X_BYTES, k0, k);
    });

    const int g = lane / 4, t = lane % 4;
#pragma unroll
    for (int i = 0; i < WARP_M / 16; i++)
#pragma unroll
        for (int j = 0; j < WARP_N / 8; j++)
#pragma unroll
            for (int half = 0; half < 2; half++) {
                const int token = token0 + warpRow + i * 16 + half * 8 + g, row = row0 + warpColumn + j * 8 + 2 * t;
                const float first = sum[i][j][half * 2], second = sum[i][j][half * 2 + 1];
                if (token >= m) continue;
                if (SPLIT_K)
                    storePair(partials + (i64(blockIdx.z) * m + token) * n + row, first, second, row, n);
                else
                    storePair(out + token * outStride + row, first + biasAt(bias, row, n), second + biasAt(bias, row + 1, n), row,
                              n);
            }
}

KERNEL __launch_bounds__(256)
add_partials(const float* __restrict__ partials, const T* __restrict__ bias, OUT* __restrict__ out, i64 outStride, i32 splits, i32 m,
             i32 n) {
    const int row = blockIdx.x * 256 + threadIdx.x, token = blockIdx.y;
    if (row >= n) return;
    float total = 0.f;
    for (int s = 0; s < splits; s++) total += partials[(i64(s) * m + token) * n + row];
    out[token * outStride + row] = fromFloat<OUT>(total + (HAS_BIAS ? toFloat(bias[row]) : 0.f));
}
