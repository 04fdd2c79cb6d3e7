package io.gatun.kernels;

import io.gatun.memory.Tensor;

/** Operations of the caller's own, and scales of whole rows. */
public interface ElementwiseKernels {

    /**
     * {@code out[i] = op(x[i])}, rounded to the dtype.
     *
     * @param x f32, f16 or bf16 [T, N], rows may have gaps
     * @param out as {@code x}, in the same dtype, and may be the same tensor
     * @throws IllegalArgumentException if the CUDA expression does not compile; the message holds what the compiler said
     */
    void apply(ElementwiseOp op, Tensor x, Tensor out);

    /**
     * {@code x[t] *= scales[positions[t]]}, rounded to the dtype.
     *
     * @param x f32, f16 or bf16 [T, N], rows may have gaps
     * @param positions i32 [T], each in [0, P)
     * @param scales f32 [P]
     */
    void scaleRows(Tensor x, Tensor positions, Tensor scales);
}
