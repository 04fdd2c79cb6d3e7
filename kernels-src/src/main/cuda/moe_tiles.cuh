// The pairs of token and expert, sorted by expert and cut into tiles of one expert each.
#pragma once
#include "gatun.cuh"

struct alignas(16) Tile {
    i32 expert;  // negative: there is no such tile
    i32 first;   // where its pairs begin among the sorted ones
    i32 count;
    i32 unused;
};
