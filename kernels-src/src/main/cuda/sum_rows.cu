// Sums of runs of rows, in fp32 and in the order of the rows.
//   grid (⌈hidden / 256⌉, runs), block 256
#include "gatun.cuh"

// x: rows of hidden with a stride in elements; out [runs, hidden].
KERNEL sum_rows(const T* x, const i32* from, const i32* to, f32* out, i64 stride, i32 hidden) {
    const int col = blockIdx.x * 256 + threadIdx.x, run = blockIdx.y;
    if (col >= hidden) return;
    float sum = 0.f;
#pragma unroll 4
    for (int row = from[run]; row < to[run]; row++) sum += toFloat(x[row * stride + col]);
    out[i64(run) * hidden + col] = sum;
}
