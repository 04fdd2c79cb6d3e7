package io.gatun.runtime.scheduler;

/** Told of each step after its results were handled, by the scheduler's thread. */
interface StepListener {

    /**
     * A step has ended.
     *
     * @param batch what was in it
     * @param waiting requests that wait
     * @param running requests that have been admitted
     */
    void stepped(StepBatch batch, int waiting, int running);
}
