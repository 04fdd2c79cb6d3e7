// out = silu(gate) · up of a row that holds gate, then up; silu rounded to T first, as Hugging Face's two operations do.
// A thread takes VEC elements.
//   grid (rows, ⌈INTERMEDIATE / (256 · VEC)⌉), block 256
#include "gatun.cuh"

static_assert(INTERMEDIATE % VEC == 0, "VEC must divide INTERMEDIATE");

// x: rows of 2 · INTERMEDIATE, out: rows of INTERMEDIATE, strides in elements.
KERNEL silu_and_mul(const T* x, T* out, i64 xStride, i64 outStride) {
    waitForPreviousKernel();
    const int i = (blockIdx.y * 256 + threadIdx.x) * VEC;
    if (i >= INTERMEDIATE) return;
    x += blockIdx.x * xStride + i;
    auto gate = load<T, VEC>(x);
    const auto up = load<T, VEC>(x + INTERMEDIATE);
#pragma unroll
    for (int e = 0; e < VEC; e++) {
        const float g = toFloat(gate[e]);
        gate[e] = fromFloat<T>(toFloat(fromFloat<T>(g / (1.f + expf(-g)))) * toFloat(up[e]));
    }
    store(out + blockIdx.x * outStride + i, gate);
}
