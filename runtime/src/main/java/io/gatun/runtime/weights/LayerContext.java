package io.gatun.runtime.weights;

import io.gatun.kernels.Kernels;
import io.gatun.memory.DType;
import io.gatun.memory.TensorArena;

/**
 * What layers run with.
 *
 * @param kernels the operations of the device
 * @param workspace where a step's tensors are allocated
 * @param constants where weights and tables live
 * @param activationType the dtype of activations and KV cache
 * @param contextLength the longest sequence there can be, in tokens
 */
public record LayerContext(Kernels kernels, StepWorkspace workspace, TensorArena constants, DType activationType, int contextLength) {
}
