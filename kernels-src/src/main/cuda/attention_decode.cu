// Attention of one new token a request over its whole paged cache, split along the positions so that few requests still fill the device
// (flash-decoding: Dao, Haziza, Massa and Sizov, 2023).
//
// A block takes up to 16 query heads of one kv head and one split of the positions; its warps take 16 positions in turn, each with its own
// two-deep ring of K and V tiles. The block that finishes last merges the splits, always in their order, so nothing depends on timing.
// Lengths are read on the device: a captured graph replays with any, and blocks past the last split leave at once.
//   grid (maxSplits, numKvHeads · ⌈GROUP / 16⌉, batch), block WARPS · 32, shared (WARPS · 32 + 16) · ROW + WARPS · 32 · VALUE_ROW elements.
//   WARPS is the host's choice.
#include "attention.cuh"

constexpr int THREADS = WARPS * 32;
constexpr int STEP = WARPS * 16;  // positions a block takes at once
constexpr int GROUP_TILES = divUp(GROUP, 16);
constexpr int HEADS = GROUP < 16 ? GROUP : 16;  // of a block, at most
constexpr float LOWEST = -3.4e38f;

// Four columns of one head's output over some of the positions, and the logarithm to base 2 of that softmax's sum.
struct Partial {
    Vec<float, 4> out;
    float logSum;
};

// Merges count partial results in order; outs and logSums tell where they lie. Two passes, so that no load waits for another.
DEVICE Partial merge(int count, const float* outs, int outStride, const float* logSums, int logSumStride) {
    float top = LOWEST, sum = 0.f;
#pragma unroll 16
    for (int i = 0; i < count; i++) top = fmaxf(top, logSums[i * logSumStride]);
    Partial merged{};
#pragma unroll 8
    for (int i = 0; i < count; i++) {
        const float weight = exp2Fast(logSums[i * logSumStride] - top);
        const auto out = load<float, 4>(outs + i * outStride);
        sum += weight;
#pragma unroll
        for (int e = 0; e < 4; e++) merged.out[e] += weight * out[e];
    }
#pragma unroll
    for (int e = 0; e < 4; e++) merged.out[e] *= 1.f / sum;
    merged.logSum = top + log2f(sum);
    return merged;
}

// q and out: a row of numKvHeads · GROUP heads of HEAD_DIM and VALUE_DIM a request, strides in elements. Request b's pages are row tableRows[b] of
// pageTable. kvLens [batch] includes the new token, which sees the last `window` of them; length 0 gives zeros. A split has splitSize positions,
// or more where maxSplits of them would not reach the end. sinks [numKvHeads · GROUP] join the softmax's sums. partialOut [batch, gridDim.y,
// maxSplits, HEADS, VALUE_DIM] and partialLogSum [batch, gridDim.y, maxSplits, HEADS] are scratch, unused with one split; arrived [batch, gridDim.y]
// is zero before the first launch and is left zero.
KERNEL __launch_bounds__(THREADS, 2) attention_decode(const T* q, const T* kCache, const T* vCache, T* out, const i32* pageTable,
        const i32* tableRows, const i32* kvLens, f32* partialOut, f32* partialLogSum, u32* arrived, i64 qStride, i64 outStride,
        i32 pageTableStride, i32 numKvHeads, i32 splitSize, f32 scale, i32 window, f32 cap, const T* sinks) {
    extern __shared__ __align__(16) u8 shared[];
    waitForPreviousKernel();
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, request = blockIdx.z, split = blockIdx.x;
    const int length = kvLens[request], firstSeen = HAS_WINDOW ? max(0, length - window) : 0, seen = length - firstSeen;
    const int size = max(splitSize, divUp(divUp(seen, gridDim.x), STEP) * STEP);
    const int splits = max(1, divUp(seen, size));
    if (split >= splits) return;
    const int begin = firstSeen + split * size, end = min(begin + size, length);

    const int kvHead = blockIdx.y / GROUP_TILES, firstHead = blockIdx.y % GROUP_TILES * 16, heads = min(HEADS, GROUP - firstHead);
    q += request * qStride + (kvHead * GROUP + firstHead) * HEAD_DIM;
    out += request * outStride + (kvHead * GROUP + firstHead) * VALUE_DIM;

    T* const qTile = reinterpret_cast<T*>(shared);
    T* const kTiles = qTile + 16 * ROW + warp * (32 * (ROW + VALUE_ROW));  // this warp's two, then two of V
    T* const vTiles = kTiles + 2 * 16 * ROW;
    const PagedRows cache{pageTable + i64(tableRows[request]) * pageTableStride, max(end, 1), numKvHeads, kvHead};
    int n0 = begin + warp * 16;
    const i32 firstRows[2] = {cache.row(n0 + lane % 16), cache.row(n0 + STEP + lane % 16)};
#pragma unroll
    for (int stage = 0; stage < 2; stage++) {
        const bool used = n0 + stage * STEP < end;
        if (used) copyRows16<HEAD_DIM>(kTiles + stage * 16 * ROW, kCache, firstRows[stage], lane);
        commitCopies();
        if (used) copyRows16<VALUE_DIM>(vTiles + stage * 16 * VALUE_ROW, vCache, firstRows[stage], lane);
        commitCopies();
    }
    for (int i = threadIdx.x; i < 16 * HEAD_DIM / VEC16<T>; i += THREADS) {
        const int r = i * VEC16<T> / HEAD_DIM, d = i * VEC16<T> % HEAD_DIM;
        store(qTile + r * ROW + d, r < heads ? load<T, VEC16<T>>(q + r * HEAD_DIM + d) : Vec<T, VEC16<T>>{});
    }
    __syncthreads();

    float o[1][VALUE_DIM / 8][4] = {};
    OnlineSoftmax<1> softmax(HAS_CAP ? 1.f : scale);
    for (int stage = 0; n0 < end; n0 += STEP, stage ^= 1) {
        const bool more = n0 + 2 * STEP < end;
        const i32 row = cache.row(n0 + 2 * STEP + lane % 16);
        float s[1][2][4];
        waitCopies<3>();
        __syncwarp();
        scores(s, qTile, kTiles + stage * 16 * ROW, lane);
        __syncwarp();
        if (more) copyRows16<HEAD_DIM>(kTiles + stage * 16 * ROW, kCache, row, lane);
        commitCopies();

        if constexpr (HAS_CAP) capScores(s, scale, cap);
        if (n0 + 16 > end) {
#pragma unroll
            for (int n = 0; n < 2; n++)
#pragma unroll
                for (int c = 0; c < 4; c++)
                    if (n0 + n * 8 + lane % 4 * 2 + c % 2 >= end) s[0][n][c] = minusInfinity();
        }
        softmax.step(s, o);

        waitCopies<3>();
        __syncwarp();
        accumulate(o, s, vTiles + stage * 16 * VALUE_ROW, lane);
        __syncwarp();
        if (more) copyRows16<VALUE_DIM>(vTiles + stage * 16 * VALUE_ROW, vCache, row, lane);
        commitCopies();
    }
    waitCopies<0>();
    __syncthreads();

    // The warps' shares meet in shared memory, over the tiles.
    __shared__ float warpLogSum[WARPS][16];
    float* const warpOut = reinterpret_cast<float*>(shared);  // [WARPS, 16, VALUE_DIM]
#pragma unroll
    for (int h = 0; h < 2; h++) {
        const int r = h * 8 + lane / 4;
        const float sum = softmax.rowSum(0, h), inverse = sum > 0.f ? 1.f / sum : 0.f;
        if (lane % 4 == 0) warpLogSum[warp][r] = sum > 0.f ? softmax.top[0][h] * softmax.scaleLog2 + log2f(sum) : LOWEST;
#pragma unroll
        for (int d = 0; d < VALUE_DIM / 8; d++)
            store(warpOut + (warp * 16 + r) * VALUE_DIM + d * 8 + lane % 4 * 2, Vec<float, 2>{o[0][d][2 * h] * inverse, o[0][d][2 * h + 1] * inverse});
    }
    __syncthreads();

    const i64 pair = i64(request) * gridDim.y + blockIdx.y;
    partialOut += pair * gridDim.x * HEADS * VALUE_DIM;
    partialLogSum += pair * gridDim.x * HEADS;
    const auto write = [&](int r, int d, const Partial& p) {
        float kept = 1.f;
        if constexpr (HAS_SINKS) kept = 1.f / (1.f + exp2Fast(toFloat(sinks[kvHead * GROUP + firstHead + r]) * LOG2_E - p.logSum));
        store(out + r * VALUE_DIM + d, Vec<T, 4>{fromFloat<T>(p.out[0] * kept), fromFloat<T>(p.out[1] * kept), fromFloat<T>(p.out[2] * kept),
                                                 fromFloat<T>(p.out[3] * kept)});
    };
    for (int i = threadIdx.x * 4; i < heads * VALUE_DIM; i += THREADS * 4) {
        const int r = i / VALUE_DIM, d = i % VALUE_DIM;
        const Partial mine = merge(WARPS, warpOut + i, 16 * VALUE_DIM, &warpLogSum[0][r], 16);
        if (splits == 1) {
            write(r, d, mine);
        } else {
            store(partialOut + split * HEADS * VALUE_DIM + i, mine.out);
            if (d == 0) partialLogSum[split * HEADS + r] = mine.logSum;
        }
    }
    if (splits == 1) return;

    __shared__ bool last;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) last = atomicInc(arrived + pair, splits - 1) == splits - 1;  // wraps to zero for the next launch
    __syncthreads();
    if (!last) return;
    __threadfence();
    for (int i = threadIdx.x * 4; i < heads * VALUE_DIM; i += THREADS * 4) {
        const int r = i / VALUE_DIM;
        write(r, i % VALUE_DIM, merge(splits, partialOut + i, HEADS * VALUE_DIM, partialLogSum + r, HEADS));
    }
}
