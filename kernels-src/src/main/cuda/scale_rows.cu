// x[t] *= scales[positions[t]], rounded to T. A thread takes VEC elements.
//   grid (rows, ⌈cols / (256 · VEC)⌉), block 256
#include "gatun.cuh"

// Rows of cols, a multiple of VEC, with a stride in elements.
KERNEL scaleRows(T* x, const float* scales, const i32* positions, i64 stride, i32 cols) {
    waitForPreviousKernel();
    const int i = (blockIdx.y * 256 + threadIdx.x) * VEC;
    if (i >= cols) return;
    x += blockIdx.x * stride + i;
    const float scale = scales[positions[blockIdx.x]];
    auto values = load<T, VEC>(x);
#pragma unroll
    for (int e = 0; e < VEC; e++) values[e] = fromFloat<T>(toFloat(values[e]) * scale);
    store(x, values);
}
