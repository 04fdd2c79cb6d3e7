// Linear layer on the tensor cores of every architecture from sm_80 on: out[m,n] = x[m,k] · w[n,k]^T (+ bias[n]), any m.
//
// A block owns a TILE_M x TILE_N tile and keeps STAGES slices of 64 k in shared memory, filled by cp.async while earlier ones are multiplied.
// With SPLIT_K set, blockIdx.z takes its share of k and writes fp32 partials [splits, m, n], which add_partials sums in a fixed order.
//
// Macros: T (bf16, f16), OUT (T or f32), TILE_M, TILE_N, WARPS_M, WARPS_N, STAGES, SPLIT_K (0, 1), HAS_BIAS (0, 1); a warp's tile is a multiple of 16 x 16.
// Demands k % 8 == 0 and 16-byte aligned rows of x and w.
// Launch gemm_mma: grid (divUp(m, TILE_M), divUp(n, TILE_N), splits), block 32 * WARPS_M * WARPS_N, dynamic shared memory
// STAGES * (TILE_M + TILE_N) * 128; partials is read only with SPLIT_K. Launch add_partials: grid divUp(n, 256) x m, block 256.
#include "mma.cuh"

constexpr int DEPTH = 64;
constexpr int ROW_BYTES = DEPTH * 2;
constexpr int THREADS = 32 * WARPS_M * WARPS_N;
constexpr int WARP_M = TILE_M / WARPS_M, WARP_N = TILE_N / WARPS_N;
constexpr int X_BYTES = TILE_M * ROW_BYTES, STAGE_BYTES = (TILE_M + TILE_N) * ROW_BYTES;
static_assert(WARP_M % 16 == 0 && WARP_N % 16 == 0, "a warp multiplies 16 x 16 pieces");

// Where 16-byte chunk c of a row lies: exclusive-or with the row keeps both the copies and ldmatrix free of bank conflicts.
DEVICE u32 chunkOffset(int row, int c) { return row * ROW_BYTES + ((c ^ (row & 7)) << 4); }

template <int TILE_ROWS> DEVICE void copySlice(u32 shared, const T* source, i64 stride, int row0, int rows, int k0, int k) {
#pragma unroll
    for (int i = threadIdx.x; i < TILE_ROWS * 8; i += THREADS) {
        const int row = i / 8, c = i % 8;
        const bool exists = row0 + row < rows && k0 + c * 8 < k;
        copyAsync16(shared + chunkOffset(row, c), exists ? source + (row0 + row) * stride + k0 + c * 8 : source, exists);
    }
}

DEVICE void multiplySlice(float (&sum)[WARP_M / 16][WARP_N / 8][4], u32 stage, int warpRow, int warpColumn, int lane) {
#pragma unroll
    for (int c = 0; c < DEPTH / 8; c += 2) {
        u32 a[WARP_M / 16][4], b[WARP_N / 16][4];
#pragma unroll
        for (int i = 0; i < WARP_M / 16; i++) loadMatrix(a[i], stage + chunkOffset(warpRow + i * 16 + lane % 16, c + lane / 16));
#pragma unroll
        for (int j = 0; j < WARP_N / 16; j++)
            loadMatrix(b[j], stage + X_BYTES + chunkOffset(warpColumn + j * 16 + lane / 16 * 8 + lane % 8, c + lane / 8 % 2));
#pragma unroll
        for (int i = 0; i < WARP_M / 16; i++)
#pragma unroll
            for (int j = 0; j < WARP_N / 8; j++)
                mma(sum[i][j], a[i][0], a[i][1], a[i][2], a[i][3], b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]);
    }
}

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

    auto copy = [&](int slice) {
        if (slice < last) {
            const u32 stage = base + (slice - first) % STAGES * STAGE_BYTES;
            copySlice<TILE_M>(stage, x, xStride, token0, m, slice * DEPTH, k);
            copySlice<TILE_N>(stage + X_BYTES, w, k, row0, n, slice * DEPTH, k);
        }
        commitCopies();
    };
    float sum[WARP_M / 16][WARP_N / 8][4] = {};
    for (int s = 0; s < STAGES - 1; s++) copy(first + s);
    for (int slice = first; slice < last; slice++) {
        waitCopies<STAGES - 2>();
        __syncthreads();
        copy(slice + STAGES - 1);
        multiplySlice(sum, base + (slice - first) % STAGES * STAGE_BYTES, warpRow, warpColumn, lane);
    }

    const int g = lane / 4, t = lane % 4;
#pragma unroll
    for (int i = 0; i < WARP_M / 16; i++)
#pragma unroll
        for (int j = 0; j < WARP_N / 8; j++)
#pragma unroll
            for (int e = 0; e < 4; e++) {
                const int token = token0 + warpRow + i * 16 + e / 2 * 8 + g, row = row0 + warpColumn + j * 8 + 2 * t + e % 2;
                if (token >= m || row >= n) continue;
                if (SPLIT_K)
                    partials[(i64(blockIdx.z) * m + token) * n + row] = sum[i][j][e];
                else
                    out[token * outStride + row] = fromFloat<OUT>(sum[i][j][e] + (HAS_BIAS ? toFloat(bias[row]) : 0.f));
            }
}

KERNEL __launch_bounds__(256)
add_partials(const float* __restrict__ partials, const T* __restrict__ bias, OUT* __restrict__ out, i64 outStride, i32 splits, i32 m, i32 n) {
    const int row = blockIdx.x * 256 + threadIdx.x, token = blockIdx.y;
    if (row >= n) return;
    float total = 0.f;
    for (int s = 0; s < splits; s++) total += partials[(i64(s) * m + token) * n + row];
    out[token * outStride + row] = fromFloat<OUT>(total + (HAS_BIAS ? toFloat(bias[row]) : 0.f));
}
