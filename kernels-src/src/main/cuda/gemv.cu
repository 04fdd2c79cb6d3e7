// Linear layer for a few tokens: out[m,n] = x[m,k] · w[n,k]^T (+ bias[n]), m <= TOKENS.
//
// The weights go straight from memory into the registers of mma.m16n8k16 as its 16-row operand, the tokens are its 8 columns. A product
// does not care in which order k is summed as long as both operands agree, so a lane takes 8 consecutive k of its row as one 16-byte load
// and deals them out to two instructions. The block's warps share k; their partial sums meet in shared memory in warp order, whatever m is.
//
// Macros: T (bf16, f16), OUT (T or f32), TOKENS (a multiple of 8), ROW_TILES (16-row tiles of a block), WARPS, UNROLL (loads in flight of a
// lane and row), BLOCKS_PER_SM, HAS_BIAS (0, 1). Demands k % 8 == 0 and 16-byte aligned rows of x and w.
// Launch: grid (divUp(n, 16 * ROW_TILES)), block (32 * WARPS).
#include "mma.cuh"

static_assert(sizeof(T) == 2, "gemv feeds 16-bit tensor cores");
constexpr int ROWS = 16 * ROW_TILES;
constexpr int TOKEN_TILES = TOKENS / 8;
constexpr int STEP = 32;  // k elements of a row that its four lanes load at once
constexpr int CHUNK = STEP * UNROLL;

struct Operands {
    const T* weights[ROW_TILES][2];  // this lane's two rows of each 16-row tile
    const T* x[TOKEN_TILES];
    bool exists[TOKEN_TILES];
};

// Adds k in [k0, k0 + CHUNK); without WHOLE, elements from k on count as zero.
template <bool WHOLE> DEVICE void addChunk(float (&sum)[ROW_TILES][TOKEN_TILES][4], const Operands& in, int k0, int k) {
    uint4 w[UNROLL][ROW_TILES][2];
    const uint4 zero = {0, 0, 0, 0};
#pragma unroll
    for (int u = 0; u < UNROLL; u++)
#pragma unroll
        for (int r = 0; r < ROW_TILES; r++)
#pragma unroll
            for (int half = 0; half < 2; half++) {
                int at = k0 + u * STEP;
                w[u][r][half] = WHOLE || at < k ? loadOnce(in.weights[r][half] + at) : zero;
            }
    waitForPreviousKernel();  // x may be its output; the weights, already on their way, are not
#pragma unroll
    for (int u = 0; u < UNROLL; u++)
#pragma unroll
        for (int c = 0; c < TOKEN_TILES; c++) {
            int at = k0 + u * STEP;
            uint4 x = in.exists[c] && (WHOLE || at < k) ? *reinterpret_cast<const uint4*>(in.x[c] + at) : zero;
#pragma unroll
            for (int r = 0; r < ROW_TILES; r++) {
                uint4 lo = w[u][r][0], hi = w[u][r][1];
                mma(sum[r][c], lo.x, hi.x, lo.y, hi.y, x.x, x.y);
                mma(sum[r][c], lo.z, hi.z, lo.w, hi.w, x.z, x.w);
            }
        }
}

KERNEL __launch_bounds__(32 * WARPS, BLOCKS_PER_SM)
gemv(const T* __restrict__ x, i64 xStride, const T* __restrict__ w, const T* __restrict__ bias, OUT* __restrict__ out,
     i64 outStride, i32 m, i32 n, i32 k) {
    __shared__ float partial[WARPS][TOKENS][ROWS + 1];
    releaseNextKernel();
    const int warp = threadIdx.x / 32, g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
    const int row0 = blockIdx.x * ROWS;

    Operands in;
#pragma unroll
    for (int r = 0; r < ROW_TILES; r++)
#pragma unroll
        for (int half = 0; half < 2; half++) in.weights[r][half] = w + i64(min(row0 + r * 16 + half * 8 + g, n - 1)) * k;
#pragma unroll
    for (int c = 0; c < TOKEN_TILES; c++) {
        in.exists[c] = c * 8 + g < m;
        in.x[c] = x + (c * 8 + g) * xStride;
    }

    float sum[ROW_TILES][TOKEN_TILES][4] = {};
    int k0 = warp * CHUNK + t * 8;
    for (; k0 - t * 8 + CHUNK <= k; k0 += WARPS * CHUNK) addChunk<true>(sum, in, k0, k);
    if (k0 - t * 8 < k) addChunk<false>(sum, in, k0, k);

#pragma unroll
    for (int r = 0; r < ROW_TILES; r++)
#pragma unroll
        for (int c = 0; c < TOKEN_TILES; c++)
#pragma unroll
            for (int i = 0; i < 4; i++) partial[warp][c * 8 + 2 * t + i % 2][r * 16 + i / 2 * 8 + g] = sum[r][c][i];
    __syncthreads();
    for (int i = threadIdx.x; i < ROWS * m; i += 32 * WARPS) {
        const int token = i / ROWS, row = i % ROWS;
        if (row0 + row >= n) continue;
        float total = HAS_BIAS ? toFloat(bias[row0 + row]) : 0.f;
#pragma unroll
        for (int p = 0; p < WARPS; p++) total += partial[p][token][row];
        out[token * outStride + row0 + row] = fromFloat<OUT>(total);
    }
}
