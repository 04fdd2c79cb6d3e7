// Linear layer in plain fp32 arithmetic: out[m,n] = x[m,k] · w[n,k]^T (+ bias[n]) for any m, n, k, dtype and alignment. It serves fp32
// models, for which tf32 would be too coarse, and 16-bit ones whose k the tensor-core kernels refuse.
//
// A block of 16 x 16 threads owns a TILE_M x TILE_N tile; a thread has four neighbours of every 64 rows and columns of it.
// Macros: T, OUT (T or f32), TILE_M, TILE_N (multiples of 64), VECTOR (1: k % 4 == 0, rows of x and w are aligned to 4 elements; 0: any),
// HAS_BIAS (0, 1). Launch: grid (divUp(m, TILE_M), divUp(n, TILE_N)), block 256.
#include "gatun.cuh"

constexpr int DEPTH = 16;
constexpr int THREAD_M = TILE_M / 16, THREAD_N = TILE_N / 16;

// Where element i of a thread lies in the tile.
DEVICE int place(int thread, int i) { return i / 4 * 64 + thread * 4 + i % 4; }

// Rows row0.. and k0.. of a matrix, transposed into shared memory as [DEPTH][TILE_ROWS], zeros outside.
template <int TILE_ROWS>
DEVICE void loadTile(float (&tile)[DEPTH][TILE_ROWS + 4], const T* source, i64 stride, int row0, int rows, int k0, int k) {
#pragma unroll
    for (int i = threadIdx.x; i < TILE_ROWS * DEPTH / 4; i += 256) {
        const int row = i / (DEPTH / 4), at = i % (DEPTH / 4) * 4;
        const T* p = source + (row0 + row) * stride + k0 + at;
        float v[4] = {};
        if (row0 + row < rows) {
            if (VECTOR && k0 + at < k) {
                const auto loaded = load<T, 4>(p);
#pragma unroll
                for (int e = 0; e < 4; e++) v[e] = toFloat(loaded[e]);
            } else if (!VECTOR) {
#pragma unroll
                for (int e = 0; e < 4; e++) v[e] = k0 + at + e < k ? toFloat(p[e]) : 0.f;
            }
        }
#pragma unroll
        for (int e = 0; e < 4; e++) tile[at + e][row] = v[e];
    }
}

KERNEL __launch_bounds__(256)
gemm_fma(const T* __restrict__ x, i64 xStride, const T* __restrict__ w, const T* __restrict__ bias, OUT* __restrict__ out,
         i64 outStride, i32 m, i32 n, i32 k) {
    __shared__ alignas(16) float xTile[DEPTH][TILE_M + 4], wTile[DEPTH][TILE_N + 4];
    const int threadRow = threadIdx.x / 16, threadColumn = threadIdx.x % 16;
    const int token0 = blockIdx.x * TILE_M, row0 = blockIdx.y * TILE_N;

    float sum[THREAD_M][THREAD_N] = {};
    for (int k0 = 0; k0 < k; k0 += DEPTH) {
        loadTile<TILE_M>(xTile, x, xStride, token0, m, k0, k);
        loadTile<TILE_N>(wTile, w, k, row0, n, k0, k);
        __syncthreads();
#pragma unroll
        for (int d = 0; d < DEPTH; d++) {
            alignas(16) float a[THREAD_M], b[THREAD_N];
#pragma unroll
            for (int i = 0; i < THREAD_M; i += 4) store(a + i, load<float, 4>(&xTile[d][place(threadRow, i)]));
#pragma unroll
            for (int j = 0; j < THREAD_N; j += 4) store(b + j, load<float, 4>(&wTile[d][place(threadColumn, j)]));
#pragma unroll
            for (int i = 0; i < THREAD_M; i++)
#pragma unroll
                for (int j = 0; j < THREAD_N; j++) sum[i][j] = fmaf(a[i], b[j], sum[i][j]);
        }
        __syncthreads();
    }

#pragma unroll
    for (int i = 0; i < THREAD_M; i++)
#pragma unroll
        for (int j = 0; j < THREAD_N; j++) {
            const int token = token0 + place(threadRow, i), row = row0 + place(threadColumn, j);
            if (token < m && row < n) out[token * outStride + row] = fromFloat<OUT>(sum[i][j] + (HAS_BIAS ? toFloat(bias[row]) : 0.f));
        }
}
