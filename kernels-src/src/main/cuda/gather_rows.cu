// Rows by index: out[r] = table[ids[r]], as the embedding of token ids or the last token's row of each request before the LM head; the same for those r
// that have an index, as the embeddings of pictures among those of text; and table[ids[r]] = x[r]. The caller has checked the indices.
// VEC elements are moved at once.
//   grid (indices), block 256
#include "gatun.cuh"

DEVICE void copyRow(const T* from, OUT* to) {
    for (int i = threadIdx.x * VEC; i < HIDDEN; i += blockDim.x * VEC) {
        const auto x = load<T, VEC>(from + i);
        Vec<OUT, VEC> y;
#pragma unroll
        for (int e = 0; e < VEC; e++) y[e] = fromFloat<OUT>(toFloat(x[e]));
        store(to + i, y);
    }
}

// table and out: rows of HIDDEN with strides in elements.
KERNEL gather_rows(const T* table, const i32* ids, OUT* out, i64 tableStride, i64 outStride) {
    waitForPreviousKernel();
    copyRow(table + ids[blockIdx.x] * tableStride, out + blockIdx.x * outStride);
}

// The same, but rows of out whose id is negative stay as they are.
KERNEL merge_rows(const T* table, const i32* ids, OUT* out, i64 tableStride, i64 outStride) {
    waitForPreviousKernel();
    const i64 id = ids[blockIdx.x];
    if (id >= 0) copyRow(table + id * tableStride, out + blockIdx.x * outStride);
}

KERNEL scatter_rows(const T* x, const i32* ids, OUT* table, i64 xStride, i64 tableStride) {
    waitForPreviousKernel();
    copyRow(x + blockIdx.x * xStride, table + ids[blockIdx.x] * tableStride);
}
