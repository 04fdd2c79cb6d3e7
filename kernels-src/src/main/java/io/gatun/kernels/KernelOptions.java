package io.gatun.kernels;

/**
 * How operations compute.
 *
 * @param deterministic whether a row's result has the same bits whatever else is in the batch, however many rows there are, and whether attention is called
 *     to extend or to decode; on the CPU it always has
 */
public record KernelOptions(boolean deterministic) {
    /** As fast as can be. */
    public static final KernelOptions DEFAULT = new KernelOptions(false);
}
