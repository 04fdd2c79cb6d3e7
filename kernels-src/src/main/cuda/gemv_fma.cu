// Linear layer for up to TOKENS tokens in plain fp32 arithmetic: out[m,n] = x[m,k] · w[n,k]^T (+ bias[n]) for any n, k, dtype, alignment.
//
// A warp computes one row of w; its lanes take 16 bytes of it at a time where VECTOR says that rows are aligned and k is a whole number of
// such pieces, single elements otherwise. The order of addition does not depend on m.
// Macros: T, OUT (T or f32), TOKENS, VECTOR (0, 1), HAS_BIAS (0, 1). Launch: grid divUp(n, 8), block 256.
#include "gatun.cuh"

constexpr int PIECE = VECTOR ? VEC16<T> : 1;

KERNEL __launch_bounds__(256)
gemv_fma(const T* __restrict__ x, i64 xStride, const T* __restrict__ w, const T* __restrict__ bias, OUT* __restrict__ out,
         i64 outStride, i32 m, i32 n, i32 k) {
    const int row = blockIdx.x * 8 + threadIdx.x / 32, lane = threadIdx.x % 32;
    if (row >= n) return;
    float sum[TOKENS] = {};
#pragma unroll 4
    for (int at = lane * PIECE; at < k; at += 32 * PIECE) {
        const auto weights = load<T, PIECE>(w + i64(row) * k + at);
#pragma unroll
        for (int token = 0; token < TOKENS; token++) {
            if (token >= m) break;
            const auto values = load<T, PIECE>(x + token * xStride + at);
#pragma unroll
            for (int e = 0; e < PIECE; e++) sum[token] = fmaf(toFloat(weights[e]), toFloat(values[e]), sum[token]);
        }
    }
#pragma unroll
    for (int token = 0; token < TOKENS; token++) {
        const float total = warpSum(sum[token]) + (HAS_BIAS ? toFloat(bias[row]) : 0.f);
        if (lane == 0 && token < m) out[token * outStride + row] = fromFloat<OUT>(total);
    }
}
