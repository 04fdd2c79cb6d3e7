// Conversion between element types, to nearest even. Any alignment: a tensor may begin in the middle of a merged one.
//   grid any, block any
#include "gatun.cuh"

KERNEL cast(const T* in, OUT* out, i64 n) {
    for (i64 i = i64(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += i64(gridDim.x) * blockDim.x) out[i] = fromFloat<OUT>(toFloat(in[i]));
}
