package io.gatun.runtime.scheduler;

/** Runs steps on a device, in the order in which they are launched. */
interface StepRunner {

    /** Room for the results of a step, to be used again and again. */
    StepResult newResult();

    /**
     * Starts a step. Its outcome goes to {@code batch.result}, maybe after this returns.
     *
     * @throws io.gatun.memory.OutOfMemoryException if the step is too large for the device; nothing of it has run
     */
    void launch(StepBatch batch);

    /** Gives back what is kept of a request, which is in no further step or begins anew. */
    void forget(Req req);
}
