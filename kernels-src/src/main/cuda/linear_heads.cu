// out[t, h] = x[t, h] · weight[h]ᵀ: each head has a matrix of its own. A block takes TOKENS rows of x and OUTS rows of one head's matrix whole into
// shared memory, and its four warps divide the OUTS. An element's bits do not depend on how many tokens there are.
//   grid (⌈n / OUTS⌉, heads, ⌈tokens / TOKENS⌉), block 128, shared (TOKENS + OUTS) · PADDED<K> elements
#include "row_products.cuh"

constexpr int THREADS = 128, MT = TOKENS / 16, NT = OUTS / 32;
static_assert(K % 16 == 0 && TOKENS % 16 == 0 && OUTS % 32 == 0 && (sizeof(T) == 4 || NT % 2 == 0), "wrong tiles");

// Starts copying rows 0..ROWS − 1 of `count`; those past it are zeros.
template <int ROWS> DEVICE void copyRows(T* tile, const T* rows, i64 stride, int count) {
    constexpr int PIECES = K / VEC16<T>;
    for (int i = threadIdx.x; i < ROWS * PIECES; i += THREADS) {
        const int r = i / PIECES, at = i % PIECES * VEC16<T>;
        copyAsync16(sharedAddress(tile + r * PADDED<K> + at), rows + min(r, count - 1) * stride + at, r < count);
    }
}

// x and out: rows of heads · K and heads · n, with strides in elements; weight [heads, n, K], n even.
KERNEL __launch_bounds__(THREADS) linear_heads(const T* x, const T* weight, T* out, i64 xStride, i64 outStride, i32 tokens, i32 n) {
    extern __shared__ __align__(16) u8 shared[];
    T* const xTile = reinterpret_cast<T*>(shared);
    T* const weightTile = xTile + TOKENS * PADDED<K>;
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, head = blockIdx.y;
    const int firstOut = blockIdx.x * OUTS, firstToken = blockIdx.z * TOKENS;
    copyRows<OUTS>(weightTile, weight + (i64(head) * n + firstOut) * K, K, n - firstOut);
    waitForPreviousKernel();
    copyRows<TOKENS>(xTile, x + firstToken * xStride + head * K, xStride, tokens - firstToken);
    commitCopies();
    waitCopies<0>();
    __syncthreads();

    float s[MT][NT][4];
    rowProducts<K>(s, xTile, weightTile + warp * NT * 8 * PADDED<K>, lane);
#pragma unroll
    for (int m = 0; m < MT; m++)
#pragma unroll
        for (int h = 0; h < 2; h++) {
            const int token = firstToken + m * 16 + h * 8 + lane / 4;
            if (token >= tokens) continue;
#pragma unroll
            for (int i = 0; i < NT; i++) {
                const int col = firstOut + (warp * NT + i) * 8 + lane % 4 * 2;
                if (col < n) store(out + token * outStride + i64(head) * n + col, Vec<T, 2>{fromFloat<T>(s[m][i][2 * h]), fromFloat<T>(s[m][i][2 * h + 1])});
            }
        }
}
