// The best of candidates with an index each.
#pragma once
#include "gatun.cuh"

constexpr int NONE = 0x7fffffff;

// The greater value, of equal ones the lower index.
struct Best {
    float value;
    i32 index;
    DEVICE bool isBefore(float v, i32 i) const { return value > v || (value == v && index < i); }
    DEVICE void take(float v, i32 i) {
        if (v > value || (v == value && i < index)) value = v, index = i;
    }
};

DEVICE Best warpBest(Best best) {
#pragma unroll
    for (int d = 16; d > 0; d >>= 1) best.take(__shfl_xor_sync(0xffffffffu, best.value, d), __shfl_xor_sync(0xffffffffu, best.index, d));
    return best;
}
