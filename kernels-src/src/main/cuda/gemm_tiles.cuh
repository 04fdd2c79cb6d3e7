// Tiles of products on the tensor cores of every architecture from sm_80 on: a block of WARPS_M x WARPS_N warps multiplies TILE_M rows of x with TILE_N
// rows of w, of which it keeps STAGES slices of 64 k in shared memory, filled by cp.async while earlier ones are in use.
#pragma once
#include "mma.cuh"

constexpr int DEPTH = 64;
constexpr int ROW_BYTES = DEPTH * 2;
constexpr int THREADS = 32 * WARPS_M * WARPS_N;
constexpr int WARP_M = TILE_M / WARPS_M, WARP_N = TILE_N / WARPS_N;
constexpr int X_BYTES = TILE_M * ROW_BYTES, STAGE_BYTES = (TILE_M + TILE_N) * ROW_BYTES;
static_assert(WARP_M % 16 == 0 && WARP_N % 16 == 0, "a warp multiplies 16 x 16 pieces");

// Where 16-byte chunk c of a row lies: exclusive-or with the row keeps both the copies and ldmatrix free of bank conflicts.
DEVICE u32 chunkOffset(int row, int c) { return row * ROW_BYTES + ((c ^ (row & 7)) << 4); }

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

// Slices `first` to `last` of the tile: copy(stage, k0) begins to fill the shared memory at `stage`, x above w.
template <typename Copy>
DEVICE void multiplyTile(float (&sum)[WARP_M / 16][WARP_N / 8][4], u32 base, int first, int last, int warpRow, int warpColumn, int lane, const Copy& copy) {
    auto begin = [&](int slice) {
        if (slice < last) copy(base + (slice - first) % STAGES * STAGE_BYTES, slice * DEPTH);
        commitCopies();
    };
    for (int s = 0; s < STAGES - 1; s++) begin(first + s);
    for (int slice = first; slice < last; slice++) {
        waitCopies<STAGES - 2>();
        __syncthreads();
        begin(slice + STAGES - 1);
        multiplySlice(sum, base + (slice - first) % STAGES * STAGE_BYTES, warpRow, warpColumn, lane);
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
