// Draws a token of each row after top-k, top-p and min-p. Nothing is sorted: a threshold is found by bisection over the floats' bit patterns, with
// probabilities as 40-bit fractions so that sums do not depend on their order. Logits far below the greatest are seldom needed, so those near it are
// gathered in shared memory first, and the whole row is searched only where these do not suffice.
//   grid (rows), block 1024
#include "row_search.cuh"

constexpr int ROOM = 4096;
constexpr float NEAR = 16.f;  // e^-16 of the greatest probability

struct Row {
    const f32* logits;
    i32 vocab;
    float top, inverse;  // the greatest logit, 1 / temperature

    // A fraction of the greatest probability.
    DEVICE u64 weight(float x) const { return u64(expf((x - top) * inverse) * 0x1p40f); }
};

// Logits with their ids: a whole row, or those of it that were gathered.
struct Pool {
    const f32* values;
    const i32* ids;  // null where the place is the id
    i32 count;
};

// Field by field, so that neither has to lie in memory.
DEVICE Pool choose(bool first, const Pool a, const Pool b) { return Pool{first ? a.values : b.values, first ? a.ids : b.ids, first ? a.count : b.count}; }

// How many are as great as lowest, or how much they weigh.
template <bool WEIGHTS> DEVICE u64 sumFrom(const Row row, const Pool pool, float lowest) {
    u64 sum = 0;
#pragma unroll 4
    for (int i = threadIdx.x; i < pool.count; i += THREADS) {
        const float x = pool.values[i];
        if (x >= lowest && x > -INFINITY) sum += WEIGHTS ? row.weight(x) : 1;
    }
    return blockSum64(sum);
}

// The greatest value for which those as great sum up to wanted; at lowest they do.
template <bool WEIGHTS> DEVICE float narrow(const Row row, const Pool pool, float lowest, u64 wanted) {
    u32 from = keyOf(lowest), to = keyOf(row.top);
    while (from < to) {
        const u32 middle = from + (to - from) / 2 + 1;
        if (sumFrom<WEIGHTS>(row, pool, valueOf(middle)) >= wanted) {
            from = middle;
        } else {
            to = middle - 1;
        }
    }
    return valueOf(from);
}

// SplitMix64's mixing (Steele, Lea and Flood 2014).
DEVICE u64 mix(u64 z) {
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

// An exponentially distributed number, a function of seed, step and token alone; the same as SamplingNoise in Java.
DEVICE float exponential(u64 seed, i32 step, i32 token) {
    constexpr u64 GOLDEN = 0x9E3779B97F4A7C15ull;
    const u64 bits = mix(mix(seed + GOLDEN * u64(i64(step) + 1)) + GOLDEN * u64(i64(token) + 1));
    const float uniform = fminf((float(bits >> 40) + 0.5f) * 0x1p-24f, 1.f - 0x1p-24f);
    return -log1pf(-uniform);
}

DEVICE Best draw(const Row row, const Pool pool, float lowest, u64 seed, i32 step) {
    Best best{-INFINITY, NONE};
#pragma unroll 4
    for (int i = threadIdx.x; i < pool.count; i += THREADS) {
        const float x = pool.values[i];
        if (x >= lowest && x > -INFINITY) {
            const i32 id = pool.ids ? pool.ids[i] : i;
            best.take((x - row.top) * row.inverse - logf(exponential(seed, step, id)), id);
        }
    }
    return blockBest(best);
}

KERNEL __launch_bounds__(THREADS, 1) sample(const f32* logits, i32* out, const f32* temperatures, const i32* topKs, const f32* topPs, const f32* minPs,
        const i64* seeds, const i32* steps, i64 stride, i32 vocab) {
    __shared__ f32 nearValues[ROOM];
    __shared__ i32 nearIds[ROOM];
    __shared__ i32 nearCount;
    const int b = blockIdx.x;
    logits += b * stride;
    const float temperature = temperatures[b];
    const Best best = rowBest(logits, vocab);
    if (temperature == 0.f || best.index == NONE || fabsf(best.value) == INFINITY) {
        if (threadIdx.x == 0) out[b] = best.index == NONE ? 0 : best.index;
        return;
    }
    const Row row{logits, vocab, best.value, 1.f / temperature};
    const Pool all{logits, nullptr, vocab};
    const i32 topK = topKs[b];
    const float topP = topPs[b], minP = minPs[b];
    const bool hasTopK = topK > 0 && topK < vocab;
    if (!hasTopK && topP >= 1.f && minP <= 0.f) {
        const Best drawn = draw(row, all, -INFINITY, seeds[b], steps[b]);
        if (threadIdx.x == 0) out[b] = drawn.index == NONE ? best.index : drawn.index;
        return;
    }

    if (threadIdx.x == 0) nearCount = 0;
    __syncthreads();
    const float nearest = row.top - NEAR * temperature;
    for (int i = threadIdx.x; i < vocab; i += THREADS) {
        if (logits[i] >= nearest) {
            const int at = atomicAdd(&nearCount, 1);
            if (at < ROOM) nearValues[at] = logits[i], nearIds[at] = i;
        }
    }
    __syncthreads();
    const bool gathered = nearCount <= ROOM;
    const Pool near{nearValues, nearIds, nearCount};

    float lowest = -INFINITY;
    if (hasTopK) {
        const bool suffices = gathered && topK <= near.count;
        lowest = narrow<false>(row, choose(suffices, near, all), suffices ? nearest : -INFINITY, topK);
    }
    if (topP < 1.f) {
        const u64 total = sumFrom<true>(row, all, lowest);
        const u64 wanted = max(1ull, u64(double(topP) * double(total)));
        const float from = fmaxf(lowest, nearest);
        const bool suffices = gathered && sumFrom<true>(row, near, from) >= wanted;
        lowest = narrow<true>(row, choose(suffices, near, all), suffices ? from : lowest, wanted);
    }
    if (minP > 0.f) lowest = fmaxf(lowest, row.top + logf(minP) * temperature);
    const Best drawn = draw(row, choose(gathered && lowest >= nearest, near, all), lowest, seeds[b], steps[b]);
    if (threadIdx.x == 0) out[b] = drawn.index == NONE ? best.index : drawn.index;
}
