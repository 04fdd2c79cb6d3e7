// Writes the new tokens' K rows and V rows to their slots of the paged cache, VEC elements at once.
//   grid (tokens), block 256
#include "gatun.cuh"

static_assert(HEAD_DIM % VEC == 0 && VALUE_DIM % VEC == 0, "VEC must divide HEAD_DIM and VALUE_DIM");

template <int DIM> DEVICE void put(const T* row, T* cache, i32 slot, i32 numKvHeads, i32 i) {
    const i64 page = i64(slot / PAGE_SIZE) * numKvHeads;
    store(cache + ((page + i / DIM) * PAGE_SIZE + slot % PAGE_SIZE) * DIM + i % DIM, load<T, VEC>(row + i));
}

// k and v: rows of numKvHeads heads of HEAD_DIM and VALUE_DIM, with strides in elements. kCache [numPages, numKvHeads, PAGE_SIZE, HEAD_DIM], vCache
// [numPages, numKvHeads, PAGE_SIZE, VALUE_DIM].
// outCacheLoc gives each token its slot, page · PAGE_SIZE + offset; a negative slot (a padded row) writes nothing.
KERNEL kv_write(const T* k, const T* v, T* kCache, T* vCache, const i32* outCacheLoc, i64 kStride, i64 vStride, i32 numKvHeads) {
    waitForPreviousKernel();
    const i32 slot = outCacheLoc[blockIdx.x];
    if (slot < 0) return;
    k += blockIdx.x * kStride;
    v += blockIdx.x * vStride;
    for (int i = threadIdx.x * VEC; i < numKvHeads * max(HEAD_DIM, VALUE_DIM); i += blockDim.x * VEC) {
        if (i < numKvHeads * HEAD_DIM) put<HEAD_DIM>(k, kCache, slot, numKvHeads, i);
        if (i < numKvHeads * VALUE_DIM) put<VALUE_DIM>(v, vCache, slot, numKvHeads, i);
    }
}
