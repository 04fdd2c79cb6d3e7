// What a gated feed-forward layer makes of a gate and an up, by the macro ACTIVATION: a name of io.gatun.kernels.Activation.
#pragma once
#include "gatun.cuh"

enum class Activation { SILU, GELU, GELU_TANH, QUICK_GELU, CLAMPED_SWIGLU };
constexpr Activation KIND = Activation::ACTIVATION;
constexpr bool INTERLEAVED = KIND == Activation::CLAMPED_SWIGLU;  // each gate is followed by its up

// x · sigmoid(z)
DEVICE float sigmoidGate(float x, float z) { return x / (1.f + expf(-z)); }

// The activated gate is rounded to R before the product, as Hugging Face's two operations do.
template <typename R> DEVICE float gated(float gate, float up) {
    constexpr float LIMIT = 7.f, ALPHA = 1.702f, ROOT_HALF = 0.70710678f, TWO_ROOT_2_OVER_PI = 1.5957691f;
    float activated;
    if constexpr (KIND == Activation::SILU) {
        activated = sigmoidGate(gate, gate);
    } else if constexpr (KIND == Activation::GELU) {
        activated = 0.5f * gate * (1.f + erff(gate * ROOT_HALF));
    } else if constexpr (KIND == Activation::GELU_TANH) {  // (1 + tanh(u)) / 2 is sigmoid(2u)
        activated = sigmoidGate(gate, TWO_ROOT_2_OVER_PI * (gate + 0.044715f * gate * gate * gate));
    } else {
        gate = gate > LIMIT ? LIMIT : gate;
        up = 1.f + (up > LIMIT ? LIMIT : up < -LIMIT ? -LIMIT : up);
        activated = sigmoidGate(gate, ALPHA * gate);
    }
    return toFloat(fromFloat<R>(activated)) * up;
}
