package io.gatun.runtime.model;

import io.gatun.memory.Sizes;

/**
 * What loading a model took.
 *
 * @param device where it is now
 * @param weightBytes memory of the weights and tables
 * @param weightSeconds time to bring them there
 * @param kernelsCompiled kernels that no cache had
 * @param kernelSeconds time until all kernels were ready
 * @param kvTokens tokens that the KV cache holds
 * @param kvBytes memory of the KV cache
 */
public record LoadReport(String device, long weightBytes, double weightSeconds, int kernelsCompiled, double kernelSeconds, long kvTokens,
        long kvBytes) {

    /** One line in human units. */
    @Override
    public String toString() {
        return "on " + device + ": weights " + Sizes.bytes(weightBytes) + " in " + Sizes.seconds(weightSeconds) + ", kernels in "
                + Sizes.seconds(kernelSeconds) + " (" + kernelsCompiled + " compiled), KV cache of " + kvTokens + " tokens, " + Sizes.bytes(kvBytes);
    }
}
