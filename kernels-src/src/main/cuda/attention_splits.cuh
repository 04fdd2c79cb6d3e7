// Attention whose bits depend on a token and those before it alone: not on the batch, on how the prompt was cut, on what was cached, nor on whether
// the token was prefilled or decoded.
//
// Positions are divided into splits at fixed places, eight an octave and none below 512. Within a split a row is computed tile by tile; the splits'
// shares of the softmax are then added in order, by one arithmetic, whether one block computes them one after the other or many at once.
#pragma once
#include "attention_tiles.cuh"

constexpr int SPLIT = 512, OCTAVE = 8 * SPLIT;
static_assert(SPLIT % BLOCK_N == 0, "a split is a whole number of tiles");

DEVICE int splitBegin(int i) { return i < 8 ? i * SPLIT : (OCTAVE << (i - 8) / 8) + i % 8 * (SPLIT << (i - 8) / 8); }

// How many splits the first `length` positions touch.
DEVICE int splitsOf(int length) {
    if (length <= OCTAVE) return divUp(length, SPLIT);
    const int octave = 31 - __clz((length - 1) / OCTAVE);
    return 8 + 8 * octave + divUp(length - (OCTAVE << octave), SPLIT << octave);
}

// Where rows begin to look at a split: at a tile that one of them sees.
DEVICE int beginOf(int split, const Rows& rows) { return HAS_WINDOW ? max(splitBegin(split), rows.firstTile()) : splitBegin(split); }

// The split that a position lies in.
DEVICE int splitOf(int position) { return splitsOf(position + 1) - 1; }

// The shares of the softmax that rows have in some positions. In memory, a row of fp32 outputs and {greatest score, sum}.
struct Shares {
    float* outs;
    float* sums;
    DEVICE float* out(i64 row) const { return outs + row * VALUE_DIM + laneIndex() % 4 * 2; }
};

struct Accumulator {
    float o[MT][VALUE_DIM / 8][4];
    float top[MT][2], sum[MT][2];
    float scaleLog2;

    DEVICE void take(const OnlineSoftmax<MT>& softmax) {
        scaleLog2 = softmax.scaleLog2;
#pragma unroll
        for (int m = 0; m < MT; m++)
#pragma unroll
            for (int h = 0; h < 2; h++) top[m][h] = softmax.top[m][h], sum[m][h] = softmax.rowSum(m, h);
    }

    // Adds a share from memory, of positions before these or, unless EARLIER, after them.
    template <bool EARLIER> DEVICE void add(int m, int h, const Shares& shares, i64 row) {
        const float otherTop = __ldcg(shares.sums + 2 * row), otherSum = __ldcg(shares.sums + 2 * row + 1);
        const float greatest = fmaxf(top[m][h], otherTop);
        const float mine = exp2Fast(__fmul_rn(top[m][h] - greatest, scaleLog2)), other = exp2Fast(__fmul_rn(otherTop - greatest, scaleLog2));
        const auto merged = [&](float x, float y) { return EARLIER ? fmaf(x, mine, __fmul_rn(y, other)) : fmaf(y, other, __fmul_rn(x, mine)); };
        top[m][h] = greatest;
        sum[m][h] = merged(sum[m][h], otherSum);
        const float* const p = shares.out(row);
#pragma unroll
        for (int d = 0; d < VALUE_DIM / 8; d++) {
            o[m][d][2 * h] = merged(o[m][d][2 * h], __ldcg(p + d * 8));
            o[m][d][2 * h + 1] = merged(o[m][d][2 * h + 1], __ldcg(p + d * 8 + 1));
        }
    }

    DEVICE void load(int m, int h, const Shares& shares, i64 row) {
        top[m][h] = __ldcg(shares.sums + 2 * row), sum[m][h] = __ldcg(shares.sums + 2 * row + 1);
        const float* const p = shares.out(row);
#pragma unroll
        for (int d = 0; d < VALUE_DIM / 8; d++) o[m][d][2 * h] = __ldcg(p + d * 8), o[m][d][2 * h + 1] = __ldcg(p + d * 8 + 1);
    }

    DEVICE void save(int m, int h, const Shares& shares, i64 row) const {
        if (laneIndex() % 4 == 0) store(shares.sums + 2 * row, Vec<float, 2>{top[m][h], sum[m][h]});
        float* const p = shares.out(row);
#pragma unroll
        for (int d = 0; d < VALUE_DIM / 8; d++) store(p + d * 8, Vec<float, 2>{o[m][d][2 * h], o[m][d][2 * h + 1]});
    }

    // The softmax's result, to a row of out; `sink` is its head's.
    DEVICE void write(int m, int h, T* out, const T* sink) const {
        float total = sum[m][h];
        if constexpr (HAS_SINKS) total = __fadd_rn(total, sinkShare(*sink, top[m][h], scaleLog2));
        const float inverse = 1.f / total;
        T* const p = out + laneIndex() % 4 * 2;
#pragma unroll
        for (int d = 0; d < VALUE_DIM / 8; d++)
            store(p + d * 8, Vec<T, 2>{fromFloat<T>(__fmul_rn(o[m][d][2 * h], inverse)), fromFloat<T>(__fmul_rn(o[m][d][2 * h + 1], inverse))});
    }
};

// The row of a block that half h of this lane's m-th 16 rows is.
DEVICE int rowOf(int firstRow, int m, int h) { return firstRow + (warpIndex() * MT + m) * 16 + h * 8 + laneIndex() / 4; }

DEVICE void clear(float (&o)[MT][VALUE_DIM / 8][4]) {
#pragma unroll
    for (int m = 0; m < MT; m++)
#pragma unroll
        for (int d = 0; d < VALUE_DIM / 8; d++) o[m][d][0] = o[m][d][1] = o[m][d][2] = o[m][d][3] = 0.f;
}
