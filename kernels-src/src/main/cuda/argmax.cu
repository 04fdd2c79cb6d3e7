// The index of each row's greatest logit, the lowest of equal ones. NaN is never chosen over a number; a row of NaN gives 0.
//   grid (rows), block 1024
#include "gatun.cuh"

constexpr int THREADS = 1024;
constexpr int NONE = 0x7fffffff;

struct Best {
    float value;
    i32 index;
    DEVICE void take(float v, i32 i) {
        if (v > value || (v == value && i < index)) value = v, index = i;
    }
};

DEVICE Best warpBest(Best best) {
#pragma unroll
    for (int d = 16; d > 0; d >>= 1) best.take(__shfl_xor_sync(0xffffffffu, best.value, d), __shfl_xor_sync(0xffffffffu, best.index, d));
    return best;
}

// logits: rows of vocab with a stride in elements.
KERNEL __launch_bounds__(THREADS) argmax(const f32* logits, i32* out, i64 stride, i32 vocab) {
    __shared__ Best warps[THREADS / 32];
    const float minusInfinity = __int_as_float(0xff800000);
    Best best{minusInfinity, NONE};
    logits += blockIdx.x * stride;
#pragma unroll 16
    for (int i = threadIdx.x; i < vocab; i += THREADS) best.take(logits[i], i);
    best = warpBest(best);
    if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = best;
    __syncthreads();
    if (threadIdx.x >= 32) return;
    best = warpBest(warps[threadIdx.x]);
    if (threadIdx.x == 0) out[blockIdx.x] = best.index == NONE ? 0 : best.index;
}
