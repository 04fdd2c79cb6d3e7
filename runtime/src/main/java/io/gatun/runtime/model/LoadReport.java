package io.gatun.runtime.model;

import io.gatun.memory.Sizes;
import java.util.Optional;

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
 * @param keptBytes memory of the GPU that the KV cache left free; 0 on the CPU
 * @param maxRunningRequests the most requests at once
 * @param graphs of decode steps; empty on the CPU and where they are disabled
 */
public record LoadReport(String device, long weightBytes, double weightSeconds, int kernelsCompiled, double kernelSeconds, long kvTokens,
        long kvBytes, long keptBytes, int maxRunningRequests, Optional<GraphReport> graphs) {

    /**
     * What capturing CUDA graphs took.
     *
     * @param count batch sizes that have one
     */
    public record GraphReport(int count, double seconds, long bytes) {

        @Override
        public String toString() {
            return "CUDA graphs for " + count + " batch sizes in " + Sizes.seconds(seconds) + ", " + Sizes.bytes(bytes);
        }
    }

    /** One line in human units. */
    @Override
    public String toString() {
        return "on " + device + ": weights " + Sizes.bytes(weightBytes) + " in " + Sizes.seconds(weightSeconds) + ", kernels in "
                + Sizes.seconds(kernelSeconds) + " (" + kernelsCompiled + " compiled), KV cache of " + kvTokens + " tokens, " + Sizes.bytes(kvBytes)
                + (keptBytes == 0 ? "" : " (" + Sizes.bytes(keptBytes) + " kept free)") + ", up to " + maxRunningRequests + " requests at once"
                + graphs.map(report -> ", " + report).orElse("");
    }

    LoadReport withGraphs(GraphReport report) {
        return new LoadReport(device, weightBytes, weightSeconds, kernelsCompiled, kernelSeconds, kvTokens, kvBytes, keptBytes, maxRunningRequests,
                Optional.of(report));
    }
}
