// out[r] = table[ids[r]]: the embedding of token ids, and the last token's row of each request before the LM head. The caller has checked ids.
// VEC elements are moved at once.
//   grid (rows), block 256
#include "gatun.cuh"

// table and out: rows of HIDDEN with strides in elements.
KERNEL gather_rows(const T* table, const i32* ids, OUT* out, i64 tableStride, i64 outStride) {
    waitForPreviousKernel();
    const T* const from = table + ids[blockIdx.x] * tableStride;
    OUT* const to = out + blockIdx.x * outStride;
    for (int i = threadIdx.x * VEC; i < HIDDEN; i += blockDim.x * VEC) {
        const auto x = load<T, VEC>(from + i);
        Vec<OUT, VEC> y;
#pragma unroll
        for (int e = 0; e < VEC; e++) y[e] = fromFloat<OUT>(toFloat(x[e]));
        store(to + i, y);
    }
}
