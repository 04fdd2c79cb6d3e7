// Random weights made on the device. Element i depends on seed and i alone: it is drawn from the i-th output of SplitMix64 (Steele, Lea and
// Flood, 2014), so the same seed gives the same tensor whatever the grid.
//   grid any, block any
#include "gatun.cuh"

DEVICE u64 splitMix64(u64 seed, u64 i) {
    u64 z = seed + (i + 1) * 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

// Uniform in [−scale, scale).
KERNEL fill_uniform(T* out, i64 n, i64 seed, f32 scale) {
    for (i64 i = i64(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += i64(gridDim.x) * blockDim.x)
        out[i] = fromFloat<T>((float(splitMix64(seed, i) >> 40) * 0x1p-23f - 1.f) * scale);
}

// Normal with mean 0 and standard deviation scale, by Box and Muller.
KERNEL fill_normal(T* out, i64 n, i64 seed, f32 scale) {
    for (i64 i = i64(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += i64(gridDim.x) * blockDim.x) {
        const u64 bits = splitMix64(seed, i);
        const float radius = float((bits >> 40) + 1) * 0x1p-24f, angle = float(bits & 0xffffff) * 0x1p-23f;
        out[i] = fromFloat<T>(sqrtf(-2.f * logf(radius)) * cospif(angle) * scale);
    }
}
