// Rows with zeros behind them: out[r] = x[r], 0, 0, …
//   grid (rows, ⌈outCols / 256⌉), block 256
#include "gatun.cuh"

// Strides in elements.
KERNEL pad_rows(const T* x, T* out, i64 xStride, i64 outStride, i32 cols, i32 outCols) {
    waitForPreviousKernel();
    const int col = blockIdx.y * 256 + threadIdx.x;
    if (col < outCols) out[blockIdx.x * outStride + col] = col < cols ? x[blockIdx.x * xStride + col] : fromFloat<T>(0.f);
}
