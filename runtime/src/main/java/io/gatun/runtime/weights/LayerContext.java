package io.gatun.runtime.weights;

import io.gatun.kernels.Kernels;
import io.gatun.memory.DType;

/**
 * What layers run with.
 *
 * @param kernels the operations of the device
 * @param workspace where a step's tensors are allocated
 * @param activationType the dtype of activations and KV cache
 */
public record LayerContext(Kernels kernels, StepWorkspace workspace, DType activationType) {
}
