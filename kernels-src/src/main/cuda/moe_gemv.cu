// Experts for a few tokens: the weights of each pair of token and expert are streamed, pairs of one expert close to each other in time, so that what
// one brings into L2 serves the others. A warp computes one feature, in an order that depends on nothing else.
//
// Macros: T, ACTIVATION, HIDDEN, INTERMEDIATE, TOP_K, HAS_BIAS (0, 1). Demands rows of whole 16-byte pieces, aligned to them.
//   experts_gate_up: grid (pairs, ⌈INTERMEDIATE / 8⌉), block 256; experts_down: grid (tokens, ⌈HIDDEN / 8⌉), block 256
#include "activation.cuh"
#include "mma.cuh"

constexpr int PIECE = VEC16<T>;

// Sums of the products of ROWS rows of K weights with a row of activations each.
template <int ROWS, int K> DEVICE void dots(float (&sum)[ROWS], const T* const (&w)[ROWS], const T* const (&x)[ROWS]) {
    static_assert(K % PIECE == 0, "rows are whole pieces");
    constexpr int PIECES = K / PIECE, WANTED = ROWS > 2 ? 3 : 4, UNROLL = divUp(PIECES, 32) < WANTED ? divUp(PIECES, 32) : WANTED;
    for (int first = threadIdx.x % 32; first < PIECES; first += 32 * UNROLL) {
        uint4 weights[UNROLL][ROWS];
#pragma unroll
        for (int u = 0; u < UNROLL; u++)
#pragma unroll
            for (int r = 0; r < ROWS; r++) weights[u][r] = first + u * 32 < PIECES ? loadOnce(w[r] + (first + u * 32) * PIECE) : uint4{0, 0, 0, 0};
#pragma unroll
        for (int u = 0; u < UNROLL; u++)
            if (first + u * 32 < PIECES)
#pragma unroll
                for (int r = 0; r < ROWS; r++) {
                    const auto values = load<T, PIECE>(x[r] + (first + u * 32) * PIECE);
                    const auto row = *reinterpret_cast<const Vec<T, PIECE>*>(&weights[u][r]);
#pragma unroll
                    for (int e = 0; e < PIECE; e++) sum[r] = fmaf(toFloat(row[e]), toFloat(values[e]), sum[r]);
                }
    }
#pragma unroll
    for (int r = 0; r < ROWS; r++) sum[r] = warpSum(sum[r]);
}

// x: rows with a stride in elements; ids [pairs]; w [experts, 2 · INTERMEDIATE, HIDDEN]; activated [pairs, INTERMEDIATE].
KERNEL __launch_bounds__(256) experts_gate_up(const T* x, i64 xStride, const i32* ids, const T* w, const T* bias, T* activated) {
    waitForPreviousKernel();
    releaseNextKernel();
    const int pair = blockIdx.x, feature = blockIdx.y * 8 + threadIdx.x / 32;
    if (feature >= INTERMEDIATE) return;
    const i64 first = i64(ids[pair]) * 2 * INTERMEDIATE;
    const i64 gate = first + (INTERLEAVED ? 2 * feature : feature), up = gate + (INTERLEAVED ? 1 : INTERMEDIATE);
    const T* const row = x + pair / TOP_K * xStride;
    float sum[2] = {};
    dots<2, HIDDEN>(sum, {w + gate * HIDDEN, w + up * HIDDEN}, {row, row});
    if (threadIdx.x % 32 == 0) {
        const float g = sum[0] + (HAS_BIAS ? toFloat(bias[gate]) : 0.f), u = sum[1] + (HAS_BIAS ? toFloat(bias[up]) : 0.f);
        activated[i64(pair) * INTERMEDIATE + feature] = fromFloat<T>(gated<T>(toFloat(fromFloat<T>(g)), toFloat(fromFloat<T>(u))));
    }
}

// w [experts, HIDDEN, INTERMEDIATE]; out: rows with a stride in elements.
KERNEL __launch_bounds__(256)
experts_down(const T* activated, const i32* ids, const f32* weights, const T* w, const T* bias, T* out, i64 outStride) {
    waitForPreviousKernel();
    releaseNextKernel();
    constexpr int ROWS = TOP_K < 4 ? TOP_K : 4;  // experts whose weights are on their way together
    const int token = blockIdx.x, feature = blockIdx.y * 8 + threadIdx.x / 32;
    if (feature >= HIDDEN) return;
    float total = 0.f;
#pragma unroll
    for (int rank0 = 0; rank0 < TOP_K; rank0 += ROWS) {
        const T* rows[ROWS];
        const T* values[ROWS];
        i64 at[ROWS];
        float sum[ROWS] = {};
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            const int pair = token * TOP_K + min(rank0 + r, TOP_K - 1);
            at[r] = i64(ids[pair]) * HIDDEN + feature;
            rows[r] = w + at[r] * INTERMEDIATE;
            values[r] = activated + i64(pair) * INTERMEDIATE;
        }
        dots<ROWS, INTERMEDIATE>(sum, rows, values);
#pragma unroll
        for (int r = 0; r < ROWS; r++)
            if (rank0 + r < TOP_K) {
                const float y = toFloat(fromFloat<T>(sum[r] + (HAS_BIAS ? toFloat(bias[at[r]]) : 0.f)));
                total = fmaf(weights[token * TOP_K + rank0 + r], y, total);
            }
    }
    if (threadIdx.x % 32 == 0) out[token * outStride + feature] = fromFloat<T>(total);
}
