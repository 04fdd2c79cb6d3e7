// The sum of each token's experts' outputs times their weights, in the order of rank. A thread takes VEC elements.
//
// Macros: T, HIDDEN, TOP_K, VEC.
//   grid (tokens, ⌈HIDDEN / (256 · VEC)⌉), block 256
#include "gatun.cuh"

// outputs [tokens · TOP_K, HIDDEN]; weights [tokens, TOP_K]; out: rows with a stride in elements.
KERNEL moe_sum(const T* outputs, const f32* weights, T* out, i64 outStride) {
    waitForPreviousKernel();
    const int i = (blockIdx.y * 256 + threadIdx.x) * VEC, token = blockIdx.x;
    if (i >= HIDDEN) return;
    float sum[VEC] = {};
#pragma unroll
    for (int rank = 0; rank < TOP_K; rank++) {
        const auto y = load<T, VEC>(outputs + (i64(token) * TOP_K + rank) * HIDDEN + i);
        const float weight = weights[token * TOP_K + rank];
#pragma unroll
        for (int e = 0; e < VEC; e++) sum[e] = fmaf(weight, toFloat(y[e]), sum[e]);
    }
    Vec<T, VEC> total;
#pragma unroll
    for (int e = 0; e < VEC; e++) total[e] = fromFloat<T>(sum[e]);
    store(out + token * outStride + i, total);
}
