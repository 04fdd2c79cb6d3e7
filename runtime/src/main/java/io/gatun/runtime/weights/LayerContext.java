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
 * @param visibility learns from the layers how far back they look
 */
public record LayerContext(Kernels kernels, StepWorkspace workspace, TensorArena constants, DType activationType, int contextLength, Visibility visibility) {

    /** Of layers that have told nothing yet. */
    public LayerContext(Kernels kernels, StepWorkspace workspace, TensorArena constants, DType activationType, int contextLength) {
        this(kernels, workspace, constants, activationType, contextLength, new Visibility());
    }
}
