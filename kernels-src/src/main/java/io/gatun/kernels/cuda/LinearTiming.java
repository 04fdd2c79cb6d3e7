package io.gatun.kernels.cuda;

/**
 * What a product takes by one plan.
 *
 * @param plan its name and sizes
 * @param aloneSeconds one product after the other
 * @param behindNormSeconds with a norm before each, whose own time is taken off
 */
public record LinearTiming(String plan, double aloneSeconds, double behindNormSeconds) {
}
