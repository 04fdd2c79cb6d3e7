// Draws a token of each row after top-k, top-p and min-p. Nothing is sorted. A few passes over the row find a cut above which at most ROOM logits lie;
// these are gathered in shared memory, where thresholds are found by bisection over the floats' bit patterns. Probabilities are 40-bit fractions, so that
// sums do not depend on their order. Only where the gathered logits do not suffice, for a flat row and a large p, is the whole row searched.
//   grid (rows), block 1024
#include "row_search.cuh"

constexpr int ROOM = 4096;
constexpr int COUNT_PIVOTS = 7;  // of a pass over the row
constexpr int WEIGHT_PIVOTS = 3;
constexpr int MAX_PASSES = 6;    // in search of the cut
constexpr float FAR = 16.f;      // e^-16 of the greatest probability

struct Row {
    float top, temperature;  // the greatest logit, what logits are divided by

    // The share of the greatest probability.
    DEVICE float share(float x) const { return expf((x - top) / temperature); }
    DEVICE u64 fraction(float x) const { return u64(share(x) * 0x1p40f); }
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
        if (x >= lowest) sum += WEIGHTS ? row.fraction(x) : 1;
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

// The sum for each of some values, from one pass.
template <bool WEIGHTS, typename S, int PIVOTS> DEVICE void sumsFrom(const Row row, const Pool all, const float (&pivots)[PIVOTS], S (&sums)[PIVOTS]) {
#pragma unroll
    for (int p = 0; p < PIVOTS; p++) sums[p] = 0;
#pragma unroll 2
    for (int i = threadIdx.x; i < all.count; i += THREADS) {
        const float x = all.values[i];
        const S part = WEIGHTS ? (x >= pivots[0] ? row.fraction(x) : 0) : 1;
#pragma unroll
        for (int p = 0; p < PIVOTS; p++)
            if (x >= pivots[p]) sums[p] += part;
    }
#pragma unroll
    for (int p = 0; p < PIVOTS; p++) sums[p] = S(blockSum64(sums[p]));
}

// A value that at least `least` and at most ROOM logits reach, or the lowest that at most ROOM do where there is none in sight.
DEVICE float cut(const Row row, const Pool all, u32 least) {
    float low = fmaxf(row.top - FAR * row.temperature, ALL), high = row.top;  // the cut lies from low to high
    for (int pass = 0; pass < MAX_PASSES; pass++) {
        float pivots[COUNT_PIVOTS];
        u32 counts[COUNT_PIVOTS];
#pragma unroll
        for (int p = 0; p < COUNT_PIVOTS; p++) pivots[p] = low + (high - low) * float(p) / float(COUNT_PIVOTS);
        sumsFrom<false>(row, all, pivots, counts);
        float below = low, above = high;
#pragma unroll
        for (int p = COUNT_PIVOTS - 1; p >= 0; p--) {
            if (counts[p] <= ROOM) above = pivots[p];
        }
#pragma unroll
        for (int p = 0; p < COUNT_PIVOTS; p++) {
            if (counts[p] > ROOM) below = pivots[p];
        }
        if (counts[0] <= ROOM && pass == 0) return low;
        bool found = false;
#pragma unroll
        for (int p = 0; p < COUNT_PIVOTS; p++)
            if (pivots[p] == above && counts[p] <= ROOM && counts[p] >= max(least, u32(ROOM / 4))) found = true;
        high = above;
        if (found) break;
        low = below;
    }
    return high;
}

// The greatest value of the row for which those as great weigh as much as wanted; at lowest they do.
DEVICE float narrowRow(const Row row, const Pool all, float lowest, u64 wanted) {
    u32 from = keyOf(lowest), to = keyOf(row.top);
    while (from < to) {
        float pivots[WEIGHT_PIVOTS];
        u64 sums[WEIGHT_PIVOTS];
        const u32 step = max(1u, (to - from) / (WEIGHT_PIVOTS + 1));
#pragma unroll
        for (int p = 0; p < WEIGHT_PIVOTS; p++) pivots[p] = valueOf(min(to, from + (p + 1) * step));
        sumsFrom<true>(row, all, pivots, sums);
        u32 reached = from, missed = to + 1;
#pragma unroll
        for (int p = 0; p < WEIGHT_PIVOTS; p++) {
            if (sums[p] >= wanted) reached = keyOf(pivots[p]);
        }
#pragma unroll
        for (int p = WEIGHT_PIVOTS - 1; p >= 0; p--) {
            if (sums[p] < wanted) missed = keyOf(pivots[p]);
        }
        from = reached;
        to = missed - 1;
    }
    return valueOf(from);
}

// SplitMix64's mixing (Steele, Lea and Flood 2014).
DEVICE u64 mix(u64 z) {
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

constexpr u64 GOLDEN = 0x9E3779B97F4A7C15ull;

// A uniformly distributed number in (0, 1), a function of the draw's key and the token; the same as SamplingNoise in Java.
DEVICE float uniform(u64 key, i32 token) {
    const u64 bits = mix(key + GOLDEN * u64(i64(token) + 1));
    return fminf(float(bits >> 1 | 1) * 0x1p-63f, 1.f - 0x1p-24f);
}

// The exponentially distributed number that belongs to it, and is no smaller.
DEVICE float exponential(float uniform) { return -log1pf(-uniform); }

// The token with the greatest probability divided by its exponentially distributed number.
DEVICE i32 draw(const Row row, const Pool pool, float lowest, u64 key, i32 likeliest) {
    Best best{1.f / exponential(uniform(key, likeliest)), likeliest};
#pragma unroll 4
    for (int i = threadIdx.x; i < pool.count; i += THREADS) {
        const float x = pool.values[i];
        if (x >= lowest) {
            const i32 id = pool.ids ? pool.ids[i] : i;
            const float share = row.share(x), number = uniform(key, id);
            if (share / number >= best.value) best.take(share / exponential(number), id);
        }
    }
    return blockBest(best).index;
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
    const Row row{best.value, temperature};
    const Pool all{logits, nullptr, vocab};
    const i32 topK = topKs[b];
    const float topP = topPs[b], minP = minPs[b];
    const bool hasTopK = topK > 0 && topK < vocab;
    const u64 key = mix(seeds[b] + GOLDEN * u64(i64(steps[b]) + 1));
    if (!hasTopK && topP >= 1.f && minP <= 0.f) {
        const i32 drawn = draw(row, all, ALL, key, best.index);
        if (threadIdx.x == 0) out[b] = drawn;
        return;
    }

    if (threadIdx.x == 0) nearCount = 0;
    const float nearest = cut(row, all, hasTopK ? topK : 1);
    __syncthreads();
    for (int i = threadIdx.x; i < vocab; i += THREADS) {
        if (logits[i] >= nearest) {
            const int at = atomicAdd(&nearCount, 1);
            if (at < ROOM) nearValues[at] = logits[i], nearIds[at] = i;
        }
    }
    __syncthreads();
    const bool gathered = nearCount <= ROOM;
    const Pool near{nearValues, nearIds, nearCount};

    float lowest = ALL;
    if (hasTopK) {
        const bool suffices = gathered && topK <= near.count;
        lowest = narrow<false>(row, choose(suffices, near, all), suffices ? nearest : ALL, topK);
    }
    if (topP < 1.f) {
        const bool allGathered = gathered && lowest >= nearest;
        const u64 total = sumFrom<true>(row, choose(allGathered, near, all), lowest);
        const u64 wanted = max(1ull, u64(double(topP) * double(total)));
        const float from = fmaxf(lowest, nearest);
        const bool suffices = allGathered || (gathered && sumFrom<true>(row, near, from) >= wanted);
        lowest = suffices ? narrow<true>(row, near, from, wanted) : narrowRow(row, all, lowest, wanted);
    }
    if (minP > 0.f) lowest = fmaxf(lowest, row.top + logf(minP) * temperature);
    const i32 drawn = draw(row, choose(gathered && lowest >= nearest, near, all), lowest, key, best.index);
    if (threadIdx.x == 0) out[b] = drawn;
}
