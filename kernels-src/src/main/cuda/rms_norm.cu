// Root mean square layer normalisation (Zhang and Sennrich, 2019), rounded where Hugging Face rounds. A row stays in registers between the two
// passes, VEC elements of it in a piece.
//   grid (rows), block BLOCK_THREADS
#include "norm.cuh"

constexpr int PIECES = HIDDEN / VEC;
static_assert(HIDDEN % VEC == 0 && BLOCK_THREADS % 32 == 0, "VEC must divide HIDDEN, and 32 BLOCK_THREADS");
constexpr int PER_THREAD = divUp(PIECES, BLOCK_THREADS);
using Piece = Vec<T, VEC>;

// Normalises the row whose pieces the threads of the block hold.
DEVICE void normalise(Piece (&row)[PER_THREAD], const T* weight, T* out, float eps) {
    float squares = 0.f;
#pragma unroll
    for (int i = 0; i < PER_THREAD; i++)
        if (i * BLOCK_THREADS + threadIdx.x < PIECES)
#pragma unroll
            for (int e = 0; e < VEC; e++) squares += toFloat(row[i][e]) * toFloat(row[i][e]);
    const float inverse = rsqrtf(blockSum<BLOCK_THREADS>(squares) / HIDDEN + eps);
#pragma unroll
    for (int i = 0; i < PER_THREAD; i++) {
        const int piece = i * BLOCK_THREADS + threadIdx.x;
        if (piece >= PIECES) break;
        const Piece w = load<T, VEC>(weight + piece * VEC);
#pragma unroll
        for (int e = 0; e < VEC; e++) row[i][e] = weighted(toFloat(row[i][e]) * inverse, w[e]);
        store(out + piece * VEC, row[i]);
    }
}

DEVICE void loadRow(Piece (&row)[PER_THREAD], const T* from) {
#pragma unroll
    for (int i = 0; i < PER_THREAD; i++)
        if (i * BLOCK_THREADS + threadIdx.x < PIECES) row[i] = load<T, VEC>(from + (i * BLOCK_THREADS + threadIdx.x) * VEC);
}

// out = norm(x) · weight; out may be x. Strides in elements.
KERNEL __launch_bounds__(BLOCK_THREADS) rms_norm(const T* x, const T* weight, T* out, i64 xStride, i64 outStride, f32 eps) {
    waitForPreviousKernel();
    Piece row[PER_THREAD];
    loadRow(row, x + blockIdx.x * xStride);
    normalise(row, weight, out + blockIdx.x * outStride, eps);
}

// residual += x, rounded to T; then out = norm(residual) · weight. out may be x.
KERNEL __launch_bounds__(BLOCK_THREADS) add_rms_norm(T* residual, const T* x, const T* weight, T* out, i64 residualStride, i64 xStride, i64 outStride, f32 eps) {
    waitForPreviousKernel();
    Piece row[PER_THREAD], added[PER_THREAD];
    residual += blockIdx.x * residualStride;
    loadRow(row, residual);
    loadRow(added, x + blockIdx.x * xStride);
#pragma unroll
    for (int i = 0; i < PER_THREAD; i++) {
        const int piece = i * BLOCK_THREADS + threadIdx.x;
        if (piece >= PIECES) break;
#pragma unroll
        for (int e = 0; e < VEC; e++) row[i][e] = fromFloat<T>(toFloat(row[i][e]) + toFloat(added[i][e]));
        store(residual + piece * VEC, row[i]);
    }
    normalise(row, weight, out + blockIdx.x * outStride, eps);
}
