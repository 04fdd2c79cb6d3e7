// residual += x, rounded to T. A thread takes VEC elements.
//   grid (rows, ⌈cols / (256 · VEC)⌉), block 256
#include "gatun.cuh"

// Rows of cols, a multiple of VEC, with strides in elements.
KERNEL add(T* residual, const T* x, i64 residualStride, i64 xStride, i32 cols) {
    waitForPreviousKernel();
    const int i = (blockIdx.y * 256 + threadIdx.x) * VEC;
    if (i >= cols) return;
    residual += blockIdx.x * residualStride + i;
    auto sum = load<T, VEC>(residual);
    const auto added = load<T, VEC>(x + blockIdx.x * xStride + i);
#pragma unroll
    for (int e = 0; e < VEC; e++) sum[e] = fromFloat<T>(toFloat(sum[e]) + toFloat(added[e]));
    store(residual, sum);
}
