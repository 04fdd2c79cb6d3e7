package io.gatun.runtime.scheduler;

import io.gatun.kernels.SamplingKernels;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;

/**
 * Logprobs of N tokens on the device.
 *
 * @param chosen f32 [N]
 * @param topIds i32 [N, k]
 * @param topValues f32 [N, k]
 */
record LogprobTensors(Tensor chosen, Tensor topIds, Tensor topValues) {

    static LogprobTensors allocate(TensorArena arena, long count, int top) {
        return new LogprobTensors(arena.allocate(DType.F32, count), arena.allocate(DType.I32, count, top), arena.allocate(DType.F32, count, top));
    }

    /** Bytes on the host, with room for alignment. */
    static long bytes(long count, int top) {
        return (1 + 2L * top) * count * Integer.BYTES + 3 * HostCopies.ALIGNMENT;
    }

    int top() {
        return topIds.cols();
    }

    /** Computes them. */
    void compute(SamplingKernels kernels, Tensor logits, Tensor ids) {
        kernels.logprobs(logits, ids, chosen);
        if (top() > 0) {
            kernels.topLogprobs(logits, top(), topIds, topValues);
        }
    }
}
