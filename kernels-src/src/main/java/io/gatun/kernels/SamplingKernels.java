package io.gatun.kernels;

import io.gatun.memory.Tensor;

/** Choice of the next token. */
public interface SamplingKernels {

    /**
     * The index of the largest logit of each row, the lowest where several are equal. NaN is never chosen over a number; a row of NaN gives 0.
     *
     * @param logits f32 [B, V], rows may have gaps
     * @param out i32 [B]
     */
    void argmax(Tensor logits, Tensor out);
}
