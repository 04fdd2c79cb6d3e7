// Writes the new tokens' latents and, behind each, its rotated key to their slots of a cache of one kv head, VEC elements at once.
//   grid (tokens), block 128
#include "gatun.cuh"

static_assert(RANK % VEC == 0 && ROPE % VEC == 0, "VEC must divide RANK and ROPE");

// latent and rope: rows of RANK and ROPE elements with strides in elements. cache [slots, RANK + ROPE]. A negative slot (a padded row) writes nothing.
KERNEL mla_write(const T* latent, const T* rope, T* cache, const i32* outCacheLoc, i64 latentStride, i64 ropeStride) {
    waitForPreviousKernel();
    const i32 slot = outCacheLoc[blockIdx.x];
    if (slot < 0) return;
    latent += blockIdx.x * latentStride;
    rope += blockIdx.x * ropeStride;
    cache += i64(slot) * (RANK + ROPE);
    for (int i = threadIdx.x * VEC; i < RANK + ROPE; i += blockDim.x * VEC) store(cache + i, load<T, VEC>(i < RANK ? latent + i : rope + i - RANK));
}
