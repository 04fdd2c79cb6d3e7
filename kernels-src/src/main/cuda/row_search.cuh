// Searches through a row of logits by one block of THREADS threads. Every result is a function of the row alone: sums are of integers, or in a fixed order.
#pragma once
#include "best.cuh"

constexpr int THREADS = 1024;
constexpr int WARPS = THREADS / 32;
constexpr float ALL = -0x1.fffffep127f;  // no number is less, but for minus infinity

// The best of all threads' candidates, known to every thread.
DEVICE Best blockBest(Best best) {
    __shared__ Best warps[WARPS];
    best = warpBest(best);
    if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = best;
    __syncthreads();
    best = warpBest(warps[threadIdx.x % 32]);
    __syncthreads();
    return best;
}

// The greatest logit of a row; NONE if all are NaN.
DEVICE Best rowBest(const f32* row, i32 vocab) {
    Best best{-INFINITY, NONE};
#pragma unroll 16
    for (int i = threadIdx.x; i < vocab; i += THREADS) best.take(row[i], i);
    return blockBest(best);
}

DEVICE u64 blockSum64(u64 x) {
    __shared__ u64 warps[WARPS];
#pragma unroll
    for (int d = 16; d > 0; d >>= 1) x += __shfl_xor_sync(0xffffffffu, x, d);
    if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = x;
    __syncthreads();
    x = warps[threadIdx.x % 32];
#pragma unroll
    for (int d = 16; d > 0; d >>= 1) x += __shfl_xor_sync(0xffffffffu, x, d);
    __syncthreads();
    return x;
}

// Greater floats have greater keys.
DEVICE u32 keyOf(float x) {
    const u32 bits = __float_as_uint(x);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}

DEVICE float valueOf(u32 key) { return __uint_as_float(key >> 31 ? key & 0x7fffffffu : ~key); }
