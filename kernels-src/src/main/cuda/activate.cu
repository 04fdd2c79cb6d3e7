// x = activation(x) of every element, in fp32. A thread takes VEC elements.
//   grid (rows, ⌈cols / (256 · VEC)⌉), block 256
#include "activation.cuh"

static_assert(!INTERLEAVED, "this activation needs gates");

// Rows of cols, a multiple of VEC, with a stride in elements.
KERNEL activate(T* x, i64 stride, i32 cols) {
    waitForPreviousKernel();
    const int i = (blockIdx.y * 256 + threadIdx.x) * VEC;
    if (i >= cols) return;
    x += blockIdx.x * stride + i;
    auto values = load<T, VEC>(x);
#pragma unroll
    for (int e = 0; e < VEC; e++) values[e] = fromFloat<T>(activated(toFloat(values[e])));
    store(x, values);
}
