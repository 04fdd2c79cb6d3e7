// Choice of each token's experts by a router's logits. A warp has a token; expert e is with lane e % 32.
//
// Macros: T (dtype of the logits), EXPERTS, TOP_K, SCORING (a name of io.gatun.kernels.Routing.Scoring), GROUPS, CHOSEN_GROUPS, and RENORMALIZED, ROUNDED,
// HAS_BIAS (0, 1).
//   grid ⌈tokens / 4⌉, block 128
#include "best.cuh"

enum class Scoring { SOFTMAX, SOFTMAX_OF_CHOSEN, SIGMOID };
constexpr Scoring KIND = Scoring::SCORING;
constexpr int PER_LANE = divUp(EXPERTS, 32), GROUP_SIZE = EXPERTS / GROUPS;
static_assert(TOP_K <= 32 && GROUPS <= 32 && EXPERTS % GROUPS == 0, "a lane keeps one choice, and one group");

// The best of this warp's experts from `first` to `last`, but for one.
DEVICE Best bestOf(const float (&choice)[PER_LANE], int first, int last, int but) {
    const int lane = threadIdx.x % 32;
    Best best{-INFINITY, NONE};
#pragma unroll
    for (int i = 0; i < PER_LANE; i++) {
        const int expert = i * 32 + lane;
        if (expert >= first && expert < last && expert != but) best.take(choice[i], expert);
    }
    return warpBest(best);
}

// Puts the experts outside of the best groups below all others.
DEVICE void keepBestGroups(float (&choice)[PER_LANE]) {
    const int lane = threadIdx.x % 32;
    float own = -INFINITY;
    for (int g = 0; g < GROUPS; g++) {
        const Best best = bestOf(choice, g * GROUP_SIZE, (g + 1) * GROUP_SIZE, -1);
        float score = best.value;
        if (KIND == Scoring::SIGMOID) score += bestOf(choice, g * GROUP_SIZE, (g + 1) * GROUP_SIZE, best.index).value;
        if (lane == g) own = score;
    }
    u32 kept = 0;
    for (int i = 0; i < CHOSEN_GROUPS; i++) {
        const bool candidate = lane < GROUPS && !(kept >> lane & 1);
        kept |= 1u << warpBest(candidate ? Best{own, lane} : Best{-INFINITY, NONE}).index;
    }
#pragma unroll
    for (int i = 0; i < PER_LANE; i++)
        if (!(kept >> (i * 32 + lane) / GROUP_SIZE & 1)) choice[i] = -INFINITY;
}

// logits: rows with a stride in elements; ids, weights: [tokens, TOP_K].
KERNEL __launch_bounds__(128) moe_route(const T* logits, const f32* bias, i32* ids, f32* weights, i64 stride, i32 tokens, f32 scale) {
    waitForPreviousKernel();
    const int token = blockIdx.x * 4 + threadIdx.x / 32, lane = threadIdx.x % 32;
    if (token >= tokens) return;
    float score[PER_LANE], choice[PER_LANE], top = -INFINITY, sum = 0.f;
#pragma unroll
    for (int i = 0; i < PER_LANE; i++) {
        const int expert = i * 32 + lane;
        score[i] = expert < EXPERTS ? toFloat(logits[token * stride + expert]) : -INFINITY;
        choice[i] = score[i];
        top = fmaxf(top, score[i]);
    }
    if (KIND == Scoring::SOFTMAX) {
        top = warpMax(top);
#pragma unroll
        for (int i = 0; i < PER_LANE; i++) sum += score[i] = expf(score[i] - top);
        sum = warpSum(sum);
    }
#pragma unroll
    for (int i = 0; i < PER_LANE; i++) {
        const int expert = i * 32 + lane;
        if (KIND == Scoring::SOFTMAX) score[i] = score[i] / sum;
        if (KIND == Scoring::SIGMOID) choice[i] = score[i] = 1.f / (1.f + expf(-score[i]));
        if (HAS_BIAS) choice[i] = score[i] + (expert < EXPERTS ? bias[expert] : 0.f);
        if (!(choice[i] == choice[i])) choice[i] = -INFINITY;
    }
    if (GROUPS > 1) keepBestGroups(choice);

    u32 taken = 0;
    int id = 0;
    float weight = 0.f;
    for (int rank = 0; rank < TOP_K; rank++) {
        Best best{-INFINITY, NONE};
#pragma unroll
        for (int i = 0; i < PER_LANE; i++)
            if (i * 32 + lane < EXPERTS && !(taken >> i & 1)) best.take(choice[i], i * 32 + lane);
        best = warpBest(best);
        float value = 0.f;
#pragma unroll
        for (int i = 0; i < PER_LANE; i++)
            value += i * 32 + lane == best.index ? score[i] : 0.f;  // an index into registers would put them into memory
        value = __shfl_sync(0xffffffffu, value, best.index % 32);
        if (lane == best.index % 32) taken |= 1u << best.index / 32;
        if (lane == rank) id = best.index, weight = value;
    }
    const bool chosen = lane < TOP_K;
    if (KIND == Scoring::SOFTMAX_OF_CHOSEN) {
        const float greatest = warpMax(chosen ? weight : -INFINITY);
        weight = chosen ? expf(weight - greatest) : 0.f;
        weight /= warpSum(weight);
    }
    if (RENORMALIZED) weight /= warpSum(weight) + 1e-20f;  // a sum of vanished scores does not divide by zero
    weight *= scale;
    if (ROUNDED) weight = toFloat(fromFloat<T>(weight));
    if (chosen) ids[token * TOP_K + lane] = id, weights[token * TOP_K + lane] = weight;
}
