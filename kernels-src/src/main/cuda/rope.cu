// Rotary position embedding (Su et al., 2021) of the q and k heads of each token, in place; computed in fp32 and rounded once.
// INTERLEAVED 0 rotates dimension i with i + ROTARY_DIM / 2 (GPT-NeoX, Llama), 1 rotates 2i with 2i + 1 (GPT-J). Dimensions from ROTARY_DIM on
// stay as they are. VEC elements are moved at once.
// POSITIONS says how many a token has: 1, or 0 where row t of the table is token t's, or 3 where pairs from SECTION_1 and SECTION_2 on turn by the second
// and the third (M-RoPE: Qwen2-VL, 2024).
//   grid (tokens), block 256
#include "gatun.cuh"

constexpr int HALF = ROTARY_DIM / 2;
constexpr int PAIRS = INTERLEAVED && VEC > 1 ? VEC / 2 : VEC;  // of dimensions, at once
static_assert(HALF % PAIRS == 0 && SECTION_1 % PAIRS == 0 && SECTION_2 % PAIRS == 0, "VEC must divide the rotated half and its sections");
static_assert(ROTARY_DIM % 2 == 0 && ROTARY_DIM <= HEAD_DIM, "ROTARY_DIM must be even and at most HEAD_DIM");

// Where the angles of a pair of elements of token t are.
DEVICE i64 angleRow(const i32* positions, i64 stride, int t, int pair) {
    if constexpr (POSITIONS == 0) return t;
    else if constexpr (POSITIONS == 1) return positions[t];
    else return positions[(pair < SECTION_1 ? 0 : pair < SECTION_2 ? 1 : 2) * stride + t];
}

// Row t of q is the token's numHeads heads, row t of k its numKvHeads heads; strides in elements. cosines, sines [maxPosition, ROTARY_DIM / 2],
// positions [POSITIONS, tokens].
KERNEL rope(T* q, T* k, const i32* positions, i64 positionStride, const f32* cosines, const f32* sines, i64 qStride, i64 kStride, i32 numHeads,
        i32 numKvHeads) {
    waitForPreviousKernel();
    q += blockIdx.x * qStride;
    k += blockIdx.x * kStride;
    for (int i = threadIdx.x; i < (numHeads + numKvHeads) * (HALF / PAIRS); i += blockDim.x) {
        const int head = i / (HALF / PAIRS), pair = i % (HALF / PAIRS) * PAIRS;
        T* const at = head < numHeads ? q + head * HEAD_DIM : k + (head - numHeads) * HEAD_DIM;
        const i64 angles = angleRow(positions, positionStride, blockIdx.x, pair) * HALF;
        const auto c = load<f32, PAIRS>(cosines + angles + pair), s = load<f32, PAIRS>(sines + angles + pair);
        if constexpr (INTERLEAVED) {
            Vec<T, 2 * PAIRS> x;
            if constexpr (VEC > 1) x = load<T, 2 * PAIRS>(at + 2 * pair);
            else x[0] = at[2 * pair], x[1] = at[2 * pair + 1];
#pragma unroll
            for (int e = 0; e < PAIRS; e++) {
                const float a = toFloat(x[2 * e]), b = toFloat(x[2 * e + 1]);
                x[2 * e] = fromFloat<T>(a * c[e] - b * s[e]);
                x[2 * e + 1] = fromFloat<T>(b * c[e] + a * s[e]);
            }
            if constexpr (VEC > 1) store(at + 2 * pair, x);
            else at[2 * pair] = x[0], at[2 * pair + 1] = x[1];
        } else {
            auto x = load<T, PAIRS>(at + pair), y = load<T, PAIRS>(at + HALF + pair);
#pragma unroll
            for (int e = 0; e < PAIRS; e++) {
                const float a = toFloat(x[e]), b = toFloat(y[e]);
                x[e] = fromFloat<T>(a * c[e] - b * s[e]);
                y[e] = fromFloat<T>(b * c[e] + a * s[e]);
            }
            store(at + pair, x);
            store(at + HALF + pair, y);
        }
    }
}
