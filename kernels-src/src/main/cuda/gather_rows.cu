// out[r] = table[ids[r]]: the embedding of token ids, and the last token's row of each request before the LM head. The caller has checked ids.
//   grid (rows), block 256
#include "gatun.cuh"

constexpr int VEC = HIDDEN % VEC16<T> == 0 ? VEC16<T> : 1;

// table and out: rows of HIDDEN with strides in elements.
KERNEL gather_rows(const T* table, const i32* ids, T* out, i64 tableStride, i64 outStride) {
    const T* const from = table + ids[blockIdx.x] * tableStride;
    T* const to = out + blockIdx.x * outStride;
    for (int i = threadIdx.x * VEC; i < HIDDEN; i += blockDim.x * VEC) store(to + i, load<T, VEC>(from + i));
}
