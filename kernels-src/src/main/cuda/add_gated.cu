// out += x, or sigmoid(gate) · x with a gate for each row, in fp32. A thread takes VEC elements.
//
// Macros: T, HAS_GATE (0, 1), VEC.
//   grid (rows, ⌈cols / (256 · VEC)⌉), block 256
#include "gatun.cuh"

// x, out: rows of cols, a multiple of VEC, with strides in elements; gate [rows].
KERNEL add_gated(const T* x, const T* gate, T* out, i64 xStride, i64 outStride, i32 cols) {
    waitForPreviousKernel();
    const int i = (blockIdx.y * 256 + threadIdx.x) * VEC;
    if (i >= cols) return;
    const auto added = load<T, VEC>(x + blockIdx.x * xStride + i);
    out += blockIdx.x * outStride + i;
    auto sum = load<T, VEC>(out);
    const float factor = HAS_GATE ? 1.f / (1.f + expf(-toFloat(gate[blockIdx.x]))) : 1.f;
#pragma unroll
    for (int e = 0; e < VEC; e++) sum[e] = fromFloat<T>(fmaf(factor, toFloat(added[e]), toFloat(sum[e])));
    store(out, sum);
}
