// A caller's own expression over each element x, computed in fp32. A thread takes VEC elements.
//   grid (rows, ⌈cols / (256 · VEC)⌉), block 256
#include "gatun.cuh"

DEVICE float expression(const float x) { return float(EXPRESSION); }

// x, out: rows of cols, a multiple of VEC, with strides in elements.
KERNEL elementwise(const T* x, T* out, i64 xStride, i64 outStride, i32 cols) {
    const int i = (blockIdx.y * 256 + threadIdx.x) * VEC;
    if (i >= cols) return;
    auto values = load<T, VEC>(x + blockIdx.x * xStride + i);
#pragma unroll
    for (int e = 0; e < VEC; e++) values[e] = fromFloat<T>(expression(toFloat(values[e])));
    store(out + blockIdx.x * outStride + i, values);
}
