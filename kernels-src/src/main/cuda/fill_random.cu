// Random weights made on the device. Element i depends on seed and i alone: it is drawn from the i-th output of SplitMix64 (Steele, Lea and
// Flood, 2014), so the same seed gives the same tensor whatever the grid.
//   grid any, block any
#include "gatun.cuh"

DEVICE u64 splitMix64(u64 seed, u64 i) {
    u64 z = seed + i * 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

// ln((k + 0.5) / 2²⁴) for k in [0, 2²⁴); near 1 from the distance to it, which a float holds exactly where it does not hold k + 0.5.
DEVICE float logOfUniform(u32 k) {
    return k < (1u << 23) ? logf((float(k) + 0.5f) * 0x1p-24f) : log1pf((0.5f - float((1u << 24) - k)) * 0x1p-24f);
}

// Normal with the given mean and standard deviation, by Box and Muller (1958).
KERNEL fill_normal(T* out, i64 n, i64 seed, f32 mean, f32 std) {
    for (i64 i = i64(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += i64(gridDim.x) * blockDim.x) {
        const u64 bits = splitMix64(seed, i);
        const float turn = float(u32(bits) & 0xffffffu) * 0x1p-23f;  // in half turns
        out[i] = fromFloat<T>(mean + std * (sqrtf(-2.f * logOfUniform(u32(bits >> 40))) * cospif(turn)));
    }
}
