// Linear layer on the tensor cores of every architecture from sm_80 on: out[m,n] = x[m,k] · w[n,k]^T (+ bias[n]), any m.
//
// A block owns a TILE_M x TILE_N tile and keeps STAGES slices of 64 k in shared memory, filled by cp.async while earlier ones are in use.
// With SPLIT_K set, blockIdx.z takes its share of k and writes fp32 partials [splits, m, n], which add_partials sums in a fixed order.
//
// Macros: T (bf16, f16), OUT (T or f32), TILE_M, TILE_N, WARPS_M, WARPS_N, STAGES, SPLIT_K (0, 1), HAS_BIAS (0, 1); a warp's tile is a
// multiple of 16 x 16. Demands k % 8 == 0 and 16-byte aligned rows of x and w.
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

DEVICE float biasAt(const T* bias, int row, int n) { return HAS_BIAS && row < n ? toFloat(bias[row]) : 0.f; }

// What one thread copies of an operand's slices: the same 16-byte column of every ROW_STEP-th row of the tile.
template <int TILE_ROWS> struct Copier {
    static constexpr int ROW_STEP = THREADS / 8;
    static_assert(TILE_ROWS % ROW_STEP == 0 && ROW_STEP % 8 == 0, "the block copies a slice in whole passes that keep the swizzle");
    const T* at;
    i64 step;
    u32 offset;
    int rows, column;

    DEVICE Copier(const T* source, i64 stride, int row0, int rowCount) {
        const int row = threadIdx.x / 8;
        column = threadIdx.x % 8 * 8;
        at = source + (row0 + row) * stride + column;
        step = ROW_STEP * stride;
        offset = chunkOffset(row, threadIdx.x % 8);
        rows = rowCount - row0 - row;
    }
    DEVICE void copy(u32 shared, int k0, int k) const {
        const bool inside = k0 + column < k;
#pragma unroll
        for (int i = 0; i < TILE_ROWS / ROW_STEP; i++) {
            const bool exists = inside && i * ROW_STEP < rows;
            copyAsync16(shared + offset + i * ROW_STEP * ROW_BYTES, exists ? at + i * step + k0 : at, exists);
        }
    }
};

struct Fragments {
    u32 x[WARP_M / 16][4], w[WARP_N / 16][4];
    DEVICE void load(u32 stage, int c, int warpRow, int warpColumn, int lane) {
#pragma unroll
        for (int i = 0; i < WARP_M / 16; i++) loadMatrix(x[i], stage + chunkOffset(warpRow + i * 16 + lane % 16, c + lane / 16));
#pragma unroll
        for (int j = 0; j < WARP_N / 16; j++)
            loadMatrix(w[j], stage + X_BYTES + chunkOffset(warpColumn + j * 16 + lane / 16 * 8 + lane % 8, c + lane / 8 % 2));
    }
};

// The fragments of the next 16 k are fetched while those of the last are multiplied.
DEVICE void multiplySlice(float (&sum)[WARP_M / 16][WARP_N / 8][4], u32 stage, int warpRow, int warpColumn, int lane) {
    Fragments fragments[2];
    fragments[0].load(stage, 0, warpRow, warpColumn, lane);
#pragma unroll
    for (int c = 0; c < DEPTH / 8; c += 2) {
        if (c + 2 < DEPTH / 8) fragments[c / 2 % 2 ^ 1].load(stage, c + 2, warpRow, warpColumn, lane);
        const Fragments& f = fragments[c / 2 % 2];
#pragma unroll
        for (int i = 0; i < WARP_M / 16; i++)
#pragma unroll
            for (int j = 0; j < WARP_N / 8; j++)
                mma(sum[i][j], f.x[i][0], f.x[i][1], f.x[i][2], f.x[i][3], f.w[j / 2][j % 2 * 2], f.w[j / 2][j % 2 * 2 + 1]);
    }
}

// Two neighbours of a row of n elements from `row` on, as one access where the address allows.
template <typename O> DEVICE void storePair(O* p, float first, float second, int row, int n) {
    const Vec<O, 2> pair = {fromFloat<O>(first), fromFloat<O>(second)};
    if (row + 1 < n && u64(p) % sizeof(pair) == 0) {
        store(p, pair);
    } else {
        if (row < n) p[0] = pair[0];
        if (row + 1 < n) p[1] = pair[1];
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

    const Copier<TILE_M> xCopier(x, xStride, token0, m);
    const Copier<TILE_N> wCopier(w, k, row0, n);
    auto copy = [&](int slice) {
        if (slice < last) {
            const u32 stage = base + (slice - first) % STAGES * STAGE_BYTES;
            xCopier.copy(stage, slice * DEPTH, k);
            wCopier.copy(stage + X_BYTES, slice * DEPTH, k);
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
