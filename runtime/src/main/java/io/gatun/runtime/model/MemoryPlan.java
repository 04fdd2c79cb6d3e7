package io.gatun.runtime.model;

import io.gatun.memory.CudaDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Device;
import io.gatun.memory.OutOfMemoryException;
import io.gatun.memory.Sizes;
import io.gatun.runtime.cache.KvPool.KvShape;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.engine.EngineOptions;

/**
 * How the memory that is left after the weights and the largest step is shared out.
 *
 * @param pages of the KV cache, page 0 included
 * @param keptBytes memory of the GPU that the cache leaves to what is allocated after it; 0 on the CPU
 * @param maxRunningRequests the most requests at once
 */
record MemoryPlan(int pages, long keptBytes, int maxRunningRequests) {
    private static final int CPU_CONTEXTS = 8;
    private static final double CPU_SHARE = 0.25;
    private static final int CPU_RUNNING_REQUESTS = 256;
    private static final int LEAST_RUNNING_REQUESTS = 2048;
    private static final int MOST_RUNNING_REQUESTS = 4096;
    /** Requests that SGLang lets run for every context's worth of cache: few come near their longest. */
    private static final int REQUESTS_PER_CONTEXT = 512;
    /** Logits of all running requests may take one of so many parts of a GPU's memory. */
    private static final int LOGITS_SHARE = 64;
    /** For the driver's own needs and the code of kernels. */
    private static final long SLACK_BYTES = 512L << 20;
    private static final long GRAPH_BYTES_A_LAYER = 96 << 10;
    /** Integers of a step for each of its tokens and requests. */
    private static final int STEP_INTS = 8;

    /**
     * What the plan depends on.
     *
     * @param freeBytes of the device, with the weights and the largest step allocated
     * @param weightBytes memory of the weights
     */
    record Situation(String device, boolean gpu, long freeBytes, long totalBytes, long weightBytes, DType dtype, KvShape kvShape, int vocabSize,
            int contextLength, int pageSize) {

        static Situation of(Device device, LoadedModel loaded, int pageSize) {
            return new Situation(device.name(), device instanceof CudaDevice, device.freeBytes(), device.totalBytes(), loaded.weights().reservedBytes(),
                    loaded.dtype(), loaded.kvShape(), loaded.config().vocabSize(), loaded.contextLength(), pageSize);
        }

        long bytesPerPage() {
            return kvShape.bytesPerToken() * pageSize;
        }
    }

    /**
     * Shares the memory out.
     *
     * @throws OutOfMemoryException if the cache that is asked for, or a single page, does not fit; the message says what would
     */
    static MemoryPlan choose(Situation s, EngineOptions options) {
        int bound = maxRunningRequests(s.gpu, s.totalBytes, s.vocabSize, options);
        long kept = s.gpu ? kept(s, bound, options) : 0;
        long budget = Math.max(0, s.gpu ? s.freeBytes - kept : (long) (s.freeBytes * CPU_SHARE));
        long fitting = Math.min(budget / s.bytesPerPage(), Integer.MAX_VALUE / s.pageSize - 1);
        long wanted = options.maxTotalTokens().orElse(s.gpu ? fitting * s.pageSize : (long) CPU_CONTEXTS * s.contextLength);
        long asked = Math.max(1, Math.ceilDiv(wanted, (long) s.pageSize));
        if (fitting < 1 || options.maxTotalTokens().isPresent() && asked > fitting) {
            throw new OutOfMemoryException("a KV cache of " + Math.max(wanted, s.pageSize) + " tokens takes " + Sizes.bytes(asked * s.bytesPerPage())
                    + ", but only " + Sizes.bytes(budget) + " are left for it on " + s.device + " after loading: room for " + fitting * s.pageSize
                    + " tokens" + advice(s, kept, bound, options));
        }
        int pages = (int) Math.min(asked, fitting);
        return new MemoryPlan(pages + 1, kept, options.maxRunningRequests().orElse(s.gpu ? requestsFor(pages, s, bound) : bound));
    }

    /**
     * Refuses weights that a GPU cannot hold before any is read.
     *
     * @param neededBytes memory of the weights in {@code dtype}
     * @throws OutOfMemoryException saying what dtype would fit better
     */
    static void requireRoomForWeights(String device, long freeBytes, long neededBytes, DType dtype) {
        if (neededBytes > freeBytes) {
            throw new OutOfMemoryException("the weights take " + Sizes.bytes(neededBytes) + " in " + dtype.torchName() + ", but " + device + " has only "
                    + Sizes.bytes(freeBytes) + " free" + (dtype == DType.F32 ? "; in bfloat16 they would take " + Sizes.bytes(neededBytes / 2) : ""));
        }
    }

    /** The most requests at once that any plan allows, before it is known how large the cache is. */
    static int maxRunningRequests(Device device, ModelConfig config, EngineOptions options) {
        return maxRunningRequests(device instanceof CudaDevice, device.totalBytes(), config.vocabSize(), options);
    }

    private static int maxRunningRequests(boolean gpu, long totalBytes, int vocabSize, EngineOptions options) {
        return options.maxRunningRequests().orElseGet(() -> gpu
                ? Math.clamp(totalBytes / LOGITS_SHARE / ((long) vocabSize * Float.BYTES), 1, MOST_RUNNING_REQUESTS)
                : CPU_RUNNING_REQUESTS);
    }

    /** As SGLang, but no more than the logits allow, nor than there are pages. */
    private static int requestsFor(int pages, Situation s, int bound) {
        long byContext = (long) pages * s.pageSize * REQUESTS_PER_CONTEXT / s.contextLength;
        return Math.min(Math.min(bound, pages), Math.clamp(byContext, LEAST_RUNNING_REQUESTS, MOST_RUNNING_REQUESTS));
    }

    /** What SGLang's fraction leaves, or what is allocated after the cache: page table, step inputs, the sampler's counts of tokens, graphs. */
    private static long kept(Situation s, int requests, EngineOptions options) {
        if (options.memFractionStatic().isPresent()) {
            return (long) (s.totalBytes * (1 - options.memFractionStatic().getAsDouble()));
        }
        long pageTable = (requests + 1L) * Math.ceilDiv(s.contextLength, s.pageSize) * Integer.BYTES;
        long inputs = (long) STEP_INTS * (options.chunkedPrefillSize() + 2L * requests) * Integer.BYTES;
        long sampling = (long) requests * s.vocabSize * Integer.BYTES;
        long graphs = options.disableCudaGraph() ? 0
                : DecodeGraphs.sizes(Math.min(options.cudaGraphMaxBs(), requests)).length * s.kvShape.layers() * GRAPH_BYTES_A_LAYER;
        return SLACK_BYTES + pageTable + inputs + sampling + graphs;
    }

    private static String advice(Situation s, long kept, int requests, EngineOptions options) {
        if (!s.gpu) {
            return "";
        }
        var advice = new StringBuilder("; ").append(Sizes.bytes(kept));
        options.memFractionStatic().ifPresentOrElse(
                fraction -> advice.append(" are kept free by a mem fraction of ").append(fraction).append(": raise it, or let it be chosen"),
                () -> advice.append(" are kept for up to ").append(requests).append(" running requests: let fewer run, or prefill fewer than ")
                        .append(options.chunkedPrefillSize()).append(" tokens at once"));
        if (s.dtype == DType.F32) {
            long saved = s.weightBytes / 2;
            long tokens = Math.max(0, s.freeBytes + saved - kept) / (s.bytesPerPage() / 2) * s.pageSize;
            advice.append("; in bfloat16 the weights would take ").append(Sizes.bytes(saved)).append(" less, with room for ").append(tokens).append(" tokens");
        }
        return advice.toString();
    }
}
