// Weighted sums of rows, in fp32 and in the order given.
//   grid (⌈hidden / 256⌉, sums), block 256
#include "gatun.cuh"

// x and out: rows of hidden with a stride in elements; rows and weights [sums, terms].
KERNEL combine_rows(const T* x, const i32* rows, const f32* weights, T* out, i64 xStride, i64 outStride, i32 hidden, i32 terms) {
    const int col = blockIdx.x * 256 + threadIdx.x;
    const i64 at = blockIdx.y;
    if (col >= hidden) return;
    float sum = 0.f;
    for (int j = 0; j < terms; j++) sum = fmaf(weights[at * terms + j], toFloat(x[rows[at * terms + j] * xStride + col]), sum);
    out[at * outStride + col] = fromFloat<T>(sum);
}
