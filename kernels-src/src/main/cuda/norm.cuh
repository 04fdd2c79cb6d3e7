// A normalised value times its weight. Macro STYLE: 0 rounds to T between the two, as Llama; 1 rounds once; 2 rounds once and multiplies by 1 + weight.
#pragma once
#include "gatun.cuh"

DEVICE T weighted(float normalised, T weight) {
    if constexpr (STYLE == 0) return fromFloat<T>(toFloat(fromFloat<T>(normalised)) * toFloat(weight));
    else return fromFloat<T>(normalised * (STYLE == 2 ? 1.f + toFloat(weight) : toFloat(weight)));
}
