// What the attention kernels share: rows of the paged cache copied asynchronously into shared memory, products of tiles, and the online softmax. A
// warp owns 16 query rows a tile; scores and outputs stay in its registers in the layout of row_products.cuh.
// Macros: T, HEAD_DIM of queries and keys, VALUE_DIM of values and outputs, GROUP, PAGE_SIZE, and what scores and softmax know besides: HAS_WINDOW,
// HAS_CAP, HAS_SINKS (0 or 1).
#pragma once
#include "row_products.cuh"

static_assert(HEAD_DIM % 16 == 0, "HEAD_DIM must be a multiple of 16");
static_assert(VALUE_DIM % 16 == 0 && VALUE_DIM <= 256, "VALUE_DIM must be a multiple of 16, at most 256");
static_assert(PAGE_SIZE > 0 && (PAGE_SIZE & (PAGE_SIZE - 1)) == 0, "PAGE_SIZE must be a power of two");
static_assert(GROUP > 0, "GROUP is the number of query heads of one kv head");

constexpr u32 ALL_LANES = 0xffffffffu;
constexpr int ROW = PADDED<HEAD_DIM>, VALUE_ROW = PADDED<VALUE_DIM>;
constexpr float LOG2_E = 1.4426950408889634f;

DEVICE float minusInfinity() { return __int_as_float(0xff800000); }
DEVICE float reciprocal(float x) { float y; asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }
DEVICE float exp2Fast(float x) { float y; asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }

// Like loadMatrix, each matrix transposed.
DEVICE void loadMatrixTransposed(u32 (&r)[4], u32 address) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(address));
}

// The cache rows of one request and one kv head.
struct PagedRows {
    const i32* pages;
    i32 length;
    i32 numKvHeads;
    i32 head;

    // The row of position p; past the end the last one, whose score the caller masks (stale memory could hold NaN).
    DEVICE i32 row(u32 p) const {
        p = min(p, u32(length - 1));
        return (pages[p / PAGE_SIZE] * numKvHeads + head) * PAGE_SIZE + p % PAGE_SIZE;
    }
};

// Starts copying 16 cache rows of DIM elements to a tile; lane l < 16 brings the number of row l.
template <int DIM> DEVICE void copyRows16(T* tile, const T* cache, i32 row, int lane) {
    constexpr int PIECES = DIM / VEC16<T>;
#pragma unroll
    for (int i = 0; i < PIECES / 2; i++) {
        const int r = (i * 32 + lane) / PIECES, piece = (i * 32 + lane) % PIECES;
        const i32 source = __shfl_sync(ALL_LANES, row, r);
        copyAsync16(sharedAddress(tile + r * PADDED<DIM> + piece * VEC16<T>), cache + i64(source) * DIM + piece * VEC16<T>, true);
    }
}

// s = q · kᵀ for 16·MT query rows and 8·NT positions, all in shared memory.
template <int MT, int NT> DEVICE void scores(float (&s)[MT][NT][4], const T* q, const T* k, int lane) { rowProducts<HEAD_DIM>(s, q, k, lane); }

// o += p · v for 16·MT query rows and 8·NT positions; p and o in registers, v in shared memory with rows STRIDE apart.
template <int STRIDE = VALUE_ROW, int MT, int NT> DEVICE void accumulate(float (&o)[MT][VALUE_DIM / 8][4], const float (&p)[MT][NT][4], const T* v, int lane) {
    if constexpr (sizeof(T) == 2) {
        const u32 vLane = sharedAddress(v + (lane % 16) * STRIDE + lane / 16 * 8);
#pragma unroll
        for (int n = 0; n < NT; n += 2) {
            u32 a[MT][4];
#pragma unroll
            for (int m = 0; m < MT; m++)
#pragma unroll
                for (int i = 0; i < 4; i++) a[m][i] = pack2<T>(p[m][n + i / 2][i % 2 * 2], p[m][n + i / 2][i % 2 * 2 + 1]);
#pragma unroll
            for (int d = 0; d < VALUE_DIM / 8; d += 2) {
                u32 b[4];
                loadMatrixTransposed(b, vLane + (n * STRIDE + d) * 8 * 2);
#pragma unroll
                for (int m = 0; m < MT; m++) {
                    mma(o[m][d], a[m][0], a[m][1], a[m][2], a[m][3], b[0], b[1]);
                    mma(o[m][d + 1], a[m][0], a[m][1], a[m][2], a[m][3], b[2], b[3]);
                }
            }
        }
    } else {
        const T* vLane = v + lane % 4 * 2;
#pragma unroll
        for (int n = 0; n < NT; n++)
#pragma unroll
            for (int c = 0; c < 8; c++)
#pragma unroll
                for (int m = 0; m < MT; m++) {
                    const float p0 = __shfl_sync(ALL_LANES, p[m][n][c % 2], c / 2, 4);
                    const float p1 = __shfl_sync(ALL_LANES, p[m][n][c % 2 + 2], c / 2, 4);
#pragma unroll
                    for (int d = 0; d < VALUE_DIM / 8; d++) {
                        const auto x = load<T, 2>(vLane + (n * 8 + c) * STRIDE + d * 8);
                        o[m][d][0] = fmaf(p0, toFloat(x[0]), o[m][d][0]);
                        o[m][d][1] = fmaf(p0, toFloat(x[1]), o[m][d][1]);
                        o[m][d][2] = fmaf(p1, toFloat(x[0]), o[m][d][2]);
                        o[m][d][3] = fmaf(p1, toFloat(x[1]), o[m][d][3]);
                    }
                }
    }
}

// A score without the scale, which the softmax multiplies in, made to lie in (−cap, cap) with it: cap · tanh(s · scale / cap). `inner` is capInner(scale, cap).
DEVICE float capInner(float scale, float cap) { return sizeof(T) == 4 ? scale / cap : 2.f * LOG2_E * scale / cap; }
DEVICE float capScore(float s, float inner, float cap) {
    const float x = __fmul_rn(s, inner);
    return sizeof(T) == 4 ? __fmul_rn(cap, tanhf(x)) : fmaf(__fmul_rn(-2.f, cap), reciprocal(__fadd_rn(exp2Fast(x), 1.f)), cap);
}
template <int MT, int NT> DEVICE void capScores(float (&s)[MT][NT][4], float scale, float cap) {
    const float inner = capInner(scale, cap);
#pragma unroll
    for (int m = 0; m < MT; m++)
#pragma unroll
        for (int n = 0; n < NT; n++)
#pragma unroll
            for (int c = 0; c < 4; c++) s[m][n][c] = capScore(s[m][n][c], inner, cap);
}

// What a sink adds to a softmax's sum, which is relative to the greatest score, times scaleLog2.
DEVICE float sinkShare(T sink, float top, float scaleLog2) { return exp2Fast(fmaf(-top, scaleLog2, __fmul_rn(toFloat(sink), LOG2_E))); }

// Softmax over scores that come tile by tile: the greatest score so far and the sum of exponentials below it (Milakov and Gimelshein, 2018).
// Roundings are written out, so that every kernel gives the same bits.
template <int MT> struct OnlineSoftmax {
    float scaleLog2;  // scores are multiplied by it, then exponentiated to base 2
    float top[MT][2];
    float sum[MT][2];  // of this lane's columns

    DEVICE explicit OnlineSoftmax(float scale) : scaleLog2(scale * LOG2_E) {
#pragma unroll
        for (int m = 0; m < MT; m++)
#pragma unroll
            for (int h = 0; h < 2; h++) top[m][h] = minusInfinity(), sum[m][h] = 0.f;
    }

    // Turns the scores into probabilities relative to the new maximum, and the output so far with them. Every row needs a finite score, then or before;
    // with a window it may have none yet, and keeps a sum and an output of zero.
    template <int NT> DEVICE void step(float (&s)[MT][NT][4], float (&o)[MT][VALUE_DIM / 8][4]) {
#pragma unroll
        for (int m = 0; m < MT; m++)
#pragma unroll
            for (int h = 0; h < 2; h++) {
                float greatest = top[m][h];
#pragma unroll
                for (int n = 0; n < NT; n++) greatest = fmaxf(greatest, fmaxf(s[m][n][2 * h], s[m][n][2 * h + 1]));
                greatest = fmaxf(greatest, __shfl_xor_sync(ALL_LANES, greatest, 1));
                greatest = fmaxf(greatest, __shfl_xor_sync(ALL_LANES, greatest, 2));
                const float base = HAS_WINDOW && greatest == minusInfinity() ? 0.f : greatest;
                const float keep = exp2Fast((top[m][h] - base) * scaleLog2), shift = base * scaleLog2;
                top[m][h] = greatest;
                sum[m][h] = __fmul_rn(sum[m][h], keep);
#pragma unroll
                for (int d = 0; d < VALUE_DIM / 8; d++)
#pragma unroll
                    for (int c = 2 * h; c < 2 * h + 2; c++) o[m][d][c] = __fmul_rn(o[m][d][c], keep);
#pragma unroll
                for (int n = 0; n < NT; n++)
#pragma unroll
                    for (int c = 2 * h; c < 2 * h + 2; c++) {
                        s[m][n][c] = exp2Fast(fmaf(s[m][n][c], scaleLog2, -shift));
                        sum[m][h] = __fadd_rn(sum[m][h], s[m][n][c]);
                    }
            }
    }

    DEVICE float rowSum(int m, int h) const {
        const float pair = sum[m][h] + __shfl_xor_sync(ALL_LANES, sum[m][h], 1);
        return pair + __shfl_xor_sync(ALL_LANES, pair, 2);
    }
};
