package io.gatun.runtime.model;

import io.gatun.kernels.Backend;
import io.gatun.memory.CudaDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Device;
import io.gatun.memory.OutOfMemoryException;
import io.gatun.memory.Owner;
import io.gatun.memory.Sizes;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.BatchBuilder;
import io.gatun.runtime.batch.Chunk;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.cache.KvPool;
import io.gatun.runtime.cache.PageAllocator;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.layers.LogitsOutput;
import java.util.List;

/**
 * A loaded model with its device, its KV cache and the memory of a step. It runs steps; which requests are in them is others' business. One thread, the
 * one that loaded it.
 */
public final class ModelRunner implements AutoCloseable {
    private static final int CPU_PAGE_SIZE = 16;
    private static final int CUDA_PAGE_SIZE = 64;
    private static final int CPU_CONTEXTS = 8;
    private static final double CPU_SHARE = 0.25;
    private static final int MAX_REQUESTS = 4096;

    private final Owner owner;
    private final Backend backend;
    private final LoadedModel loaded;
    private final LoadReport report;
    private final KvPool kvPool;
    private final PageAllocator pages;
    private final BatchBuilder batches;
    private final Tensor nextIds;
    private final int maxStepTokens;

    private ModelRunner(Owner owner, Backend backend, LoadedModel loaded, LoadReport report, KvPool kvPool, int maxStepTokens) {
        var device = backend.device();
        this.owner = owner;
        this.backend = backend;
        this.loaded = loaded;
        this.report = report;
        this.kvPool = kvPool;
        this.maxStepTokens = maxStepTokens;
        pages = new PageAllocator(kvPool.pages(), kvPool.pageSize());
        batches = owner.own(new BatchBuilder(device, kvPool, Math.max(maxStepTokens, MAX_REQUESTS), MAX_REQUESTS, kvPool.pages() + MAX_REQUESTS));
        nextIds = owner.own(device.arena("outputs", 0)).allocate(DType.I32, MAX_REQUESTS);
    }

    /**
     * Loads a model: opens the device, reads the configuration, brings the weights to the device, compiles kernels and sizes the KV cache.
     *
     * @throws ConfigException if config.json or an option does not fit
     * @throws io.gatun.runtime.weights.CheckpointException if the weights do not fit
     * @throws OutOfMemoryException if the device is too small
     */
    public static ModelRunner load(EngineOptions options) {
        var config = ModelConfig.load(options.modelPath());
        var factory = ModelRegistry.find(config);
        var owner = new Owner();
        try {
            var backend = owner.own(Backend.open(options.device()));
            var device = backend.device();
            int pageSize = options.pageSize().orElse(device instanceof CudaDevice ? CUDA_PAGE_SIZE : CPU_PAGE_SIZE);
            long start = System.nanoTime();
            var loaded = LoadedModel.load(config, factory, backend, options, owner);
            device.synchronize();
            long weightsDone = System.nanoTime();
            int compiled = new DryRun(backend, loaded, pageSize).run(options.chunkedPrefillSize(), options.progress());
            long kernelsDone = System.nanoTime();
            var kvPool = owner.own(new KvPool(device, loaded.kvShape(), pages(device, loaded, pageSize, options), pageSize));
            var report = new LoadReport(device.name(), loaded.weights().reservedBytes(), (weightsDone - start) / 1e9, compiled,
                    (kernelsDone - weightsDone) / 1e9, kvPool.maxTotalTokens(), kvPool.maxTotalTokens() * loaded.kvShape().bytesPerToken());
            return new ModelRunner(owner, backend, loaded, report, kvPool, options.chunkedPrefillSize());
        } catch (RuntimeException | Error e) {
            owner.close();
            throw e;
        }
    }

    /** What the model was made from. */
    public ModelConfig config() {
        return loaded.config();
    }

    /** Where it runs. */
    public Device device() {
        return backend.device();
    }

    /** The dtype of the weights. */
    public DType dtype() {
        return loaded.dtype();
    }

    /** What loading took. */
    public LoadReport loadReport() {
        return report;
    }

    /** The longest sequence, in tokens. */
    public int contextLength() {
        return loaded.contextLength();
    }

    /** The most tokens in one step. */
    public int maxStepTokens() {
        return maxStepTokens;
    }

    /** The most requests in one step. */
    public int maxRequests() {
        return MAX_REQUESTS;
    }

    public KvPool kvPool() {
        return kvPool;
    }

    /** The free pages of the KV pool. */
    public PageAllocator pages() {
        return pages;
    }

    /** A prefill step over {@code chunks}, whose pages must be there; the logits are good until the next step. */
    public LogitsOutput forwardExtend(List<Chunk> chunks) {
        return forward(batches.extend(chunks));
    }

    /** A decode step over {@code chunks} of one token each. */
    public LogitsOutput forwardDecode(List<Chunk> chunks) {
        return forward(batches.decode(chunks));
    }

    /** The id of the largest logit of each row. */
    public int[] argmax(LogitsOutput logits) {
        var ids = nextIds.narrowRows(0, logits.nextTokenLogits().dim(0));
        backend.kernels().sampling().argmax(logits.nextTokenLogits(), ids);
        return ids.toInts();
    }

    @Override
    public void close() {
        owner.close();
    }

    private LogitsOutput forward(ForwardBatch batch) {
        loaded.workspace().reset();
        return loaded.model().forward(batch.inputIds(), batch.positions(), batch);
    }

    /** How many pages the KV cache gets. */
    private static int pages(Device device, LoadedModel loaded, int pageSize, EngineOptions options) {
        long bytesPerToken = loaded.kvShape().bytesPerToken();
        long budget;
        long wanted;
        if (device instanceof CudaDevice) {
            budget = (long) (device.freeBytes() - device.totalBytes() * (1 - options.memFractionStatic()));
            wanted = options.maxTotalTokens().orElse(Integer.MAX_VALUE / 2);
        } else {
            budget = (long) (device.freeBytes() * CPU_SHARE);
            wanted = options.maxTotalTokens().orElse((long) CPU_CONTEXTS * loaded.contextLength());
        }
        long fitting = Math.max(0, budget) / bytesPerToken / pageSize;
        long asked = (wanted + pageSize - 1) / pageSize;
        if (options.maxTotalTokens().isPresent() && asked > fitting || fitting < 1) {
            throw new OutOfMemoryException("a KV cache of " + (options.maxTotalTokens().isPresent() ? wanted : pageSize) + " tokens takes "
                    + Sizes.bytes(Math.max(asked, 1) * pageSize * bytesPerToken) + ", but only " + Sizes.bytes(Math.max(0, budget)) + " are left for it on "
                    + device.name() + " after loading: room for " + fitting * pageSize + " tokens");
        }
        return (int) Math.min(Math.min(asked, fitting) + 1, Integer.MAX_VALUE / pageSize);
    }
}
