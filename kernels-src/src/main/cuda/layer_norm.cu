// Layer normalisation (Ba et al., 2016) in fp32, rounded once. A row stays in registers between mean, variance and result, VEC elements of it in a piece.
//   grid (rows), block BLOCK_THREADS
#include "gatun.cuh"

constexpr int PIECES = HIDDEN / VEC;
static_assert(HIDDEN % VEC == 0 && BLOCK_THREADS % 32 == 0, "VEC must divide HIDDEN, and 32 BLOCK_THREADS");
constexpr int PER_THREAD = divUp(PIECES, BLOCK_THREADS);
using Piece = Vec<T, VEC>;

// Calls f(i, piece) for each piece of a row that this thread holds.
template <typename F> DEVICE void eachPiece(F f) {
#pragma unroll
    for (int i = 0; i < PER_THREAD; i++) {
        const int piece = i * BLOCK_THREADS + threadIdx.x;
        if (piece < PIECES) f(i, piece);
    }
}

// Normalises the row whose pieces the threads of the block hold.
DEVICE void normalise(Piece (&row)[PER_THREAD], const T* weight, const T* bias, T* out, float eps) {
    float sum = 0.f, squares = 0.f;
    eachPiece([&](int i, int) {
#pragma unroll
        for (int e = 0; e < VEC; e++) sum += toFloat(row[i][e]);
    });
    const float mean = blockSum<BLOCK_THREADS>(sum) / HIDDEN;
    eachPiece([&](int i, int) {
#pragma unroll
        for (int e = 0; e < VEC; e++) squares += (toFloat(row[i][e]) - mean) * (toFloat(row[i][e]) - mean);
    });
    const float inverse = rsqrtf(blockSum<BLOCK_THREADS>(squares) / HIDDEN + eps);
    eachPiece([&](int i, int piece) {
        const Piece w = load<T, VEC>(weight + piece * VEC), b = load<T, VEC>(bias + piece * VEC);
#pragma unroll
        for (int e = 0; e < VEC; e++) row[i][e] = fromFloat<T>((toFloat(row[i][e]) - mean) * inverse * toFloat(w[e]) + toFloat(b[e]));
        store(out + piece * VEC, row[i]);
    });
}

// out = norm(x) · weight + bias; out may be x. Strides in elements.
KERNEL __launch_bounds__(BLOCK_THREADS) layer_norm(const T* x, const T* weight, const T* bias, T* out, i64 xStride, i64 outStride, f32 eps) {
    waitForPreviousKernel();
    Piece row[PER_THREAD];
    x += blockIdx.x * xStride;
    eachPiece([&](int i, int piece) { row[i] = load<T, VEC>(x + piece * VEC); });
    normalise(row, weight, bias, out + blockIdx.x * outStride, eps);
}

// residual += x, rounded to T; then out = norm(residual) · weight + bias. out may be x.
KERNEL __launch_bounds__(BLOCK_THREADS) add_layer_norm(T* residual, const T* x, const T* weight, const T* bias, T* out, i64 residualStride, i64 xStride,
        i64 outStride, f32 eps) {
    waitForPreviousKernel();
    Piece row[PER_THREAD];
    residual += blockIdx.x * residualStride;
    x += blockIdx.x * xStride;
    eachPiece([&](int i, int piece) {
        row[i] = load<T, VEC>(residual + piece * VEC);
        const Piece added = load<T, VEC>(x + piece * VEC);
#pragma unroll
        for (int e = 0; e < VEC; e++) row[i][e] = fromFloat<T>(toFloat(row[i][e]) + toFloat(added[e]));
        store(residual + piece * VEC, row[i]);
    });
    normalise(row, weight, bias, out + blockIdx.x * outStride, eps);
}
