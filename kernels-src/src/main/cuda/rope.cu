// Rotary position embedding (Su et al., 2021) of the q and k heads of each token, in place; computed in fp32 and rounded once.
// INTERLEAVED 0 rotates dimension i with i + ROTARY_DIM / 2 (GPT-NeoX, Llama), 1 rotates 2i with 2i + 1 (GPT-J). Dimensions from ROTARY_DIM on
// stay as they are. VEC elements are moved at once.
//   grid (tokens), block 256
#include "gatun.cuh"

constexpr int HALF = ROTARY_DIM / 2;
constexpr int PAIRS = INTERLEAVED && VEC > 1 ? VEC / 2 : VEC;  // of dimensions, at once
static_assert(HALF % PAIRS == 0, "VEC must divide the rotated half");
static_assert(ROTARY_DIM % 2 == 0 && ROTARY_DIM <= HEAD_DIM, "ROTARY_DIM must be even and at most HEAD_DIM");

// Row t of q is the token's numHeads heads, row t of k its numKvHeads heads; strides in elements. cosines, sines [maxPosition, ROTARY_DIM / 2].
KERNEL rope(T* q, T* k, const i32* positions, const f32* cosines, const f32* sines, i64 qStride, i64 kStride, i32 numHeads, i32 numKvHeads) {
    waitForPreviousKernel();
    const i64 angles = i64(positions[blockIdx.x]) * HALF;
    q += blockIdx.x * qStride;
    k += blockIdx.x * kStride;
    for (int i = threadIdx.x; i < (numHeads + numKvHeads) * (HALF / PAIRS); i += blockDim.x) {
        const int head = i / (HALF / PAIRS), pair = i % (HALF / PAIRS) * PAIRS;
        T* const at = head < numHeads ? q + head * HEAD_DIM : k + (head - numHeads) * HEAD_DIM;
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
