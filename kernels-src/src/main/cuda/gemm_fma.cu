// Linear layer in plain fp32 arithmetic: out[m,n] = x[m,k] · w[n,k]^T (+ bias[n]) for any m, n, k, dtype and alignment. It serves fp32
// models, for which tf32 would be too coarse, and 16-bit ones whose k the tensor-core kernels refuse.
//
// Macros: T, OUT (T or f32), TILE_M, TILE_N (multiples of 64), VECTOR (1: k % 4 == 0, rows of x and w are aligned to 4 elements; 0: any),
// HAS_BIAS (0, 1). Launch: grid (divUp(m, TILE_M), divUp(n, TILE_N)), block 256.
#include "fma_tiles.cuh"

KERNEL __launch_bounds__(256)
gemm_fma(const T* __restrict__ x, i64 xStride, const T* __restrict__ w, const T* __restrict__ bias, OUT* __restrict__ out,
         i64 outStride, i32 m, i32 n, i32 k) {
    const int threadRow = threadIdx.x / 16, threadColumn = threadIdx.x % 16;
    const int token0 = blockIdx.x * TILE_M, row0 = blockIdx.y * TILE_N;
    float sum[THREAD_M][THREAD_N] = {};
    multiplyTile(sum, token0, m, [&](int row) { return x + row * xStride; }, row0, n, [&](int row) { return w + row * i64(k); }, k);

#pragma unroll
    for (int i = 0; i < THREAD_M; i++)
#pragma unroll
        for (int j = 0; j < THREAD_N; j++) {
            const int token = token0 + place(threadRow, i), row = row0 + place(threadColumn, j);
            if (token < m && row < n) out[token * outStride + row] = fromFloat<OUT>(sum[i][j] + (HAS_BIAS ? toFloat(bias[row]) : 0.f));
        }
}
