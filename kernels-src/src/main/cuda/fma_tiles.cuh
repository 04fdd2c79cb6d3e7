// Tiles of products in plain fp32 arithmetic: a block of 16 x 16 threads owns TILE_M x TILE_N sums; a thread has four neighbours of every 64 rows and
// columns of them. VECTOR says that k % 4 == 0 and that rows of x and w are aligned to 4 elements.
#pragma once
#include "gatun.cuh"

constexpr int DEPTH = 16;
constexpr int THREAD_M = TILE_M / 16, THREAD_N = TILE_N / 16;

// Where element i of a thread lies in the tile.
DEVICE int place(int thread, int i) { return i / 4 * 64 + thread * 4 + i % 4; }

// Rows row0.. of `rows` and k0.. of a matrix, transposed into shared memory as [DEPTH][TILE_ROWS], zeros outside. rowAt points to a row, if it exists.
template <int TILE_ROWS, typename RowAt> DEVICE void loadTile(float (&tile)[DEPTH][TILE_ROWS + 4], int row0, int rows, const RowAt& rowAt, int k0, int k) {
#pragma unroll
    for (int i = threadIdx.x; i < TILE_ROWS * DEPTH / 4; i += 256) {
        const int row = i / (DEPTH / 4), at = i % (DEPTH / 4) * 4;
        const T* const p = rowAt(row0 + row) + k0 + at;
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

// sum += x tile · w tile^T over all of k, of rows x0.. of xRows and rows w0.. of wRows.
template <typename XRow, typename WRow>
DEVICE void multiplyTile(float (&sum)[THREAD_M][THREAD_N], int x0, int xRows, const XRow& xRow, int w0, int wRows, const WRow& wRow, int k) {
    __shared__ alignas(16) float xTile[DEPTH][TILE_M + 4], wTile[DEPTH][TILE_N + 4];
    const int threadRow = threadIdx.x / 16, threadColumn = threadIdx.x % 16;
    for (int k0 = 0; k0 < k; k0 += DEPTH) {
        loadTile<TILE_M>(xTile, x0, xRows, xRow, k0, k);
        loadTile<TILE_N>(wTile, w0, wRows, wRow, k0, k);
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
}
