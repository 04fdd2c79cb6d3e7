package io.gatun.runtime.layers;

import io.gatun.memory.Tensor;

/**
 * What a forward pass gives.
 *
 * @param nextTokenLogits f32 [B, V], good until the next step
 */
public record LogitsOutput(Tensor nextTokenLogits) {
}
