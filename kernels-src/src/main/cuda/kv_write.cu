// Writes the new tokens' K and V rows to their slots of the paged cache, VEC elements at once.
//   grid (tokens), block 256
#include "gatun.cuh"

static_assert(HEAD_DIM % VEC == 0, "VEC must divide HEAD_DIM");

// k and v: rows of numKvHeads · HEAD_DIM with strides in elements. kCache, vCache [numPages, numKvHeads, PAGE_SIZE, HEAD_DIM].
// outCacheLoc gives each token its slot, page · PAGE_SIZE + offset; a negative slot (a padded row) writes nothing.
KERNEL kv_write(const T* k, const T* v, T* kCache, T* vCache, const i32* outCacheLoc, i64 kStride, i64 vStride, i32 numKvHeads) {
    waitForPreviousKernel();
    const i32 slot = outCacheLoc[blockIdx.x];
    if (slot < 0) return;
    const i64 page = i64(slot / PAGE_SIZE) * numKvHeads;
    k += blockIdx.x * kStride;
    v += blockIdx.x * vStride;
    for (int i = threadIdx.x * VEC; i < numKvHeads * HEAD_DIM; i += blockDim.x * VEC) {
        const i64 to = ((page + i / HEAD_DIM) * PAGE_SIZE + slot % PAGE_SIZE) * HEAD_DIM + i % HEAD_DIM;
        store(kCache + to, load<T, VEC>(k + i));
        store(vCache + to, load<T, VEC>(v + i));
    }
}
