// Sorts pairs of token and expert by expert. Within an expert their order is any: a pair's result does not depend on it.
//
// Macros: EXPERTS (at most 1024), TILE_M (pairs of a tile).
//   one block of 1024
#include "moe_tiles.cuh"

constexpr int THREADS = 1024;
static_assert(EXPERTS <= THREADS, "a thread has one expert");

// The sum of the threads before this one, and of all.
DEVICE u64 scan(u64 own, u64& all) {
    __shared__ u64 warps[32];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    auto inclusive = [&](u64 x) {
#pragma unroll
        for (int d = 1; d < 32; d <<= 1) {
            const u64 before = __shfl_up_sync(0xffffffffu, x, d);
            if (lane >= d) x += before;
        }
        return x;
    };
    const u64 sum = inclusive(own);
    if (lane == 31) warps[warp] = sum;
    __syncthreads();
    if (warp == 0) warps[lane] = inclusive(warps[lane]);
    __syncthreads();
    all = warps[31];
    return sum - own + (warp > 0 ? warps[warp - 1] : 0);
}

// ids [pairs]; sorted [pairs]; tiles [maxTiles].
KERNEL __launch_bounds__(THREADS) moe_sort(const i32* ids, i32* sorted, Tile* tiles, i32 pairs, i32 maxTiles) {
    __shared__ i32 counts[THREADS];
    waitForPreviousKernel();
    const int expert = threadIdx.x;
    counts[expert] = 0;
    __syncthreads();
    for (int pair = threadIdx.x; pair < pairs; pair += THREADS) atomicAdd(&counts[ids[pair]], 1);
    __syncthreads();
    const i32 count = counts[expert];
    u64 all;
    const u64 before = scan(u64(count) << 32 | u64(divUp(count, TILE_M)), all);  // pairs in the upper half, tiles in the lower
    const i32 first = i32(before >> 32);
    for (int i = 0; i < divUp(count, TILE_M); i++) tiles[i32(before) + i] = Tile{expert, first + i * TILE_M, min(TILE_M, count - i * TILE_M), 0};
    for (int i = i32(all) + threadIdx.x; i < maxTiles; i += THREADS) tiles[i] = Tile{-1, 0, 0, 0};
    counts[expert] = first;
    __syncthreads();
    for (int pair = threadIdx.x; pair < pairs; pair += THREADS) sorted[atomicAdd(&counts[ids[pair]], 1)] = pair;
}
