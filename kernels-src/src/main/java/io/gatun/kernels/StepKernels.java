package io.gatun.kernels;

import io.gatun.memory.Tensor;

/** What the device does to a step's integers, so that the host sends only what changed and need not know the ids that were sampled last. */
public interface StepKernels {

    /**
     * {@code ids[t] = lastTokens[-1 - ids[t]]} where {@code ids[t]} is negative; other ids stay.
     *
     * @param ids i32 [T], changed in place; none below -R
     * @param lastTokens i32 [R]
     */
    void resolve(Tensor ids, Tensor lastTokens);

    /**
     * {@code target[indices[i]] = values[i]} for i in [0, count). Where an index comes twice, one of its values is kept.
     *
     * @param values i32 [N], N at least {@code count}
     * @param indices i32 [N], each of an element of {@code target}
     * @param target i32, contiguous, of any shape
     */
    void scatter(Tensor values, Tensor indices, int count, Tensor target);
}
