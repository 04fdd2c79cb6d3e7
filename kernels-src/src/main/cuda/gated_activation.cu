// out = activation(gate) · up of a row that holds all gates, then all ups, or each gate before its up. A thread takes VEC elements.
//   grid (rows, ⌈INTERMEDIATE / (256 · VEC)⌉), block 256
#include "activation.cuh"

static_assert(INTERMEDIATE % VEC == 0, "VEC must divide INTERMEDIATE");

// x: rows of 2 · INTERMEDIATE, out: rows of INTERMEDIATE, strides in elements.
KERNEL gated_activation(const T* x, T* out, i64 xStride, i64 outStride) {
    waitForPreviousKernel();
    const int i = (blockIdx.y * 256 + threadIdx.x) * VEC;
    if (i >= INTERMEDIATE) return;
    x += blockIdx.x * xStride + (INTERLEAVED ? 2 * i : i);
    const auto first = load<T, VEC>(x), second = load<T, VEC>(x + (INTERLEAVED ? VEC : INTERMEDIATE));
    Vec<T, VEC> y;
#pragma unroll
    for (int e = 0; e < VEC; e++) {
        const int even = 2 * e, odd = 2 * e + 1;
        const T gate = !INTERLEAVED ? first[e] : even < VEC ? first[even] : second[even - VEC];
        const T up = !INTERLEAVED ? second[e] : odd < VEC ? first[odd] : second[odd - VEC];
        y[e] = fromFloat<T>(gated<T>(toFloat(gate), toFloat(up)));
    }
    store(out + blockIdx.x * outStride + i, y);
}
