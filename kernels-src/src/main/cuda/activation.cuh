// What a feed-forward layer makes of a number, or of a gate and an up, by the macro ACTIVATION: a name of io.gatun.kernels.Activation.
#pragma once
#include "gatun.cuh"

enum class Activation { SILU, GELU, GELU_TANH, QUICK_GELU, CLAMPED_SWIGLU };
constexpr Activation KIND = Activation::ACTIVATION;
constexpr bool INTERLEAVED = KIND == Activation::CLAMPED_SWIGLU;  // each gate is followed by its up

// x · sigmoid(z). Where 16 bits are left of it, a few parts in 10⁶ are not worth the careful exponential and division.
DEVICE float sigmoidGate(float x, float z) {
    if constexpr (sizeof(T) == 2) return __fdividef(x, 1.f + __expf(-z));
    else return x / (1.f + expf(-z));
}

constexpr float ALPHA = 1.702f;

// The activation of a number without a gate.
DEVICE float activated(float x) {
    constexpr float ROOT_HALF = 0.70710678f, TWO_ROOT_2_OVER_PI = 1.5957691f;
    if constexpr (KIND == Activation::GELU) return 0.5f * x * (1.f + erff(x * ROOT_HALF));
    // (1 + tanh(u)) / 2 is sigmoid(2u)
    else if constexpr (KIND == Activation::GELU_TANH) return sigmoidGate(x, TWO_ROOT_2_OVER_PI * (x + 0.044715f * x * x * x));
    else return sigmoidGate(x, KIND == Activation::SILU ? x : ALPHA * x);
}

// The activated gate is rounded to R before the product, as Hugging Face's two operations do.
template <typename R> DEVICE float gated(float gate, float up) {
    if constexpr (KIND == Activation::CLAMPED_SWIGLU) {
        constexpr float LIMIT = 7.f;
        gate = gate > LIMIT ? LIMIT : gate;
        up = 1.f + (up > LIMIT ? LIMIT : up < -LIMIT ? -LIMIT : up);
    }
    return toFloat(fromFloat<R>(activated(gate))) * up;
}
