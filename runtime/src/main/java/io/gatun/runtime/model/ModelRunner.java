package io.gatun.runtime.model;

import io.gatun.kernels.AttentionOptions;
import io.gatun.kernels.Backend;
import io.gatun.kernels.KernelOptions;
import io.gatun.kernels.Kernels;
import io.gatun.memory.CudaDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Device;
import io.gatun.memory.OutOfMemoryException;
import io.gatun.memory.Owner;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.BatchBuilder;
import io.gatun.runtime.batch.Chunk;
import io.gatun.runtime.batch.ExtraOutputs;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.batch.ForwardMode;
import io.gatun.runtime.cache.KvPool;
import io.gatun.runtime.cache.PageAllocator;
import io.gatun.runtime.cache.ReqToTokenPool;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.layers.LogitsOutput;
import io.gatun.runtime.multimodal.MediaCache;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.multimodal.MediaKey;
import io.gatun.runtime.multimodal.MultimodalFactory;
import io.gatun.runtime.multimodal.MultimodalProcessor;
import io.gatun.runtime.multimodal.PromptExpander;
import io.gatun.runtime.multimodal.source.ImageLoader;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A loaded model with its device, its KV cache and the memory of a step. It runs steps; which requests are in them is others' business. One thread, the
 * one that loaded it.
 */
public final class ModelRunner implements AutoCloseable {
    private static final int CPU_PAGE_SIZE = 16;
    private static final int CUDA_PAGE_SIZE = 64;
    /** As many as the largest picture of Qwen2-VL takes. */
    private static final int MEDIA_TOKENS = 16_384;

    private final Owner owner;
    private final Backend backend;
    private final LoadedModel loaded;
    private final LoadReport report;
    private final KvPool kvPool;
    private final PageAllocator pages;
    private final ReqToTokenPool reqToToken;
    private final BatchBuilder batches;
    private final Tensor lastTokens;
    private final Tensor nextIds;
    private final int maxStepTokens;
    private final int maxRunningRequests;
    private final Optional<MediaEmbedder> media;
    private final Optional<MultimodalProcessor> processor;
    private final Optional<DecodeGraphs> graphs;
    private Tensor stepRows;
    private int stepSize;

    private ModelRunner(Owner owner, Backend backend, LoadedModel loaded, LoadReport report, KvPool kvPool, Optional<MediaCache> mediaCache,
            Optional<MultimodalProcessor> processor, EngineOptions options) {
        var device = backend.device();
        this.owner = owner;
        this.backend = backend;
        this.loaded = loaded;
        this.kvPool = kvPool;
        this.maxStepTokens = options.chunkedPrefillSize();
        this.maxRunningRequests = report.maxRunningRequests();
        pages = new PageAllocator(kvPool.pages(), kvPool.pageSize());
        reqToToken = owner.own(new ReqToTokenPool(device, maxRunningRequests, pagesPerRequest(loaded, kvPool)));
        batches = owner.own(new BatchBuilder(backend.kernels(), kvPool, reqToToken, maxStepTokens + maxRunningRequests, maxRunningRequests,
                loaded.model().positionAxes(), mediaCache));
        media = mediaCache.map(cache -> new MediaEmbedder(loaded.model(), loaded.workspace(), cache));
        this.processor = processor;
        var outputs = owner.own(device.arena("outputs", 0));
        lastTokens = outputs.allocate(DType.I32, maxRunningRequests + 1L);
        nextIds = outputs.allocate(DType.I32, maxRunningRequests);
        stepRows = nextIds;
        graphs = device instanceof CudaDevice cuda && !options.disableCudaGraph()
                ? Optional.of(owner.own(new DecodeGraphs(cuda, batches, this::forward, Math.min(options.cudaGraphMaxBs(), maxRunningRequests),
                        loaded.contextLength(), options.progress())))
                : Optional.empty();
        this.report = graphs.map(made -> report.withGraphs(made.report())).orElse(report);
    }

    /**
     * Loads a model: opens the device, reads the configuration, brings the weights to the device, compiles kernels and sizes the KV cache.
     *
     * @throws ConfigException if config.json or an option does not fit
     * @throws io.gatun.runtime.weights.CheckpointException if the weights do not fit
     * @throws OutOfMemoryException if the device is too small
     */
    public static ModelRunner load(EngineOptions options) {
        var config = ModelRegistry.config(options.modelPath());
        var entry = ModelRegistry.find(config.json());
        var owner = new Owner();
        try {
            var backend = owner.own(Backend.open(options.device(), new KernelOptions(options.enableDeterministicInference())));
            var device = backend.device();
            int pageSize = options.pageSize().orElse(device instanceof CudaDevice ? CUDA_PAGE_SIZE : CPU_PAGE_SIZE);
            long start = System.nanoTime();
            var loaded = LoadedModel.load(config, entry, backend, options, owner);
            device.synchronize();
            long weightsDone = System.nanoTime();
            var processor = processor(entry, config, options);
            var mediaCache = mediaCache(backend, loaded, processor.isPresent(), options).map(owner::own);
            int compiled = new DryRun(backend, loaded, pageSize, MemoryPlan.maxRunningRequests(device, config, options), mediaCache, processor).run(options);
            long kernelsDone = System.nanoTime();
            var plan = MemoryPlan.choose(MemoryPlan.Situation.of(device, loaded, pageSize), options);
            var kvPool = owner.own(new KvPool(device, loaded.kvShape(), plan.pages(), pageSize));
            var report = new LoadReport(device.name(), loaded.weights().reservedBytes(), (weightsDone - start) / 1e9, compiled,
                    (kernelsDone - weightsDone) / 1e9, kvPool.maxTotalTokens(), kvPool.maxTotalTokens() * loaded.kvShape().bytesPerToken(),
                    plan.keptBytes(), plan.maxRunningRequests(), Optional.empty());
            return new ModelRunner(owner, backend, loaded, report, kvPool, mediaCache, processor, options);
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

    /** The operations on it. */
    public Kernels kernels() {
        return backend.kernels();
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

    /** Brings pictures into the model's form, if it takes any. For any thread. */
    public Optional<MultimodalProcessor> processor() {
        return processor;
    }

    /**
     * An expander of prompts for this model. For any thread.
     *
     * @param loader gets pictures; it stays the caller's
     */
    public PromptExpander expander(ImageLoader loader) {
        int maxTokens = media.map(embedder -> maxMediaTokens(embedder.cache(), maxStepTokens)).orElse(0);
        return new PromptExpander(config().architecture(), processor, loader, kernels().activationType(dtype()), config().hiddenSize(), maxTokens);
    }

    /** Forgets the embeddings of pictures, so that each passes the tower anew. */
    public void forgetMedia() {
        media.ifPresent(embedder -> embedder.cache().clear());
    }

    /**
     * Starts to embed one picture, whose embeddings steps then find in the cache.
     *
     * @param feature its sizes
     * @param pixels [feature.rows(), feature.cols()] on the device, in the dtype of activations; they lie outside the memory of steps
     * @throws IllegalStateException if the model takes no pictures
     */
    public void embed(MediaKey key, MediaFeature feature, Tensor pixels) {
        media.orElseThrow(() -> new IllegalStateException(config().architecture() + " takes no pictures")).embed(key, feature, pixels);
    }

    /** How many classes the model scores sequences by; empty for one that predicts tokens. */
    public OptionalInt numLabels() {
        return loaded.model().numLabels();
    }

    /** The most tokens in one prefill step. */
    public int maxStepTokens() {
        return maxStepTokens;
    }

    /** The most requests that can have a row of the page table, and so be in one step. */
    public int maxRunningRequests() {
        return maxRunningRequests;
    }

    public KvPool kvPool() {
        return kvPool;
    }

    /** How many tokens before a new one some layer sees, the new one included; {@link AttentionOptions#NO_WINDOW} for all. */
    public int window() {
        return loaded.window();
    }

    /** The free pages of the KV pool. */
    public PageAllocator pages() {
        return pages;
    }

    /** The rows of the page table that running requests have. */
    public ReqToTokenPool reqToToken() {
        return reqToToken;
    }

    /** i32 [maxRunningRequests + 1]: the id sampled last for the request of each row. */
    public Tensor lastTokens() {
        return lastTokens;
    }

    /**
     * Starts a step and returns without waiting for the device; the next step may be started while this one runs.
     *
     * @param chunks at least one, each of another request with a row and pages; in a decode step each has one token
     * @return the logits of each chunk's next token, good until the next step is started
     */
    public LogitsOutput forward(ForwardMode mode, List<? extends Chunk> chunks) {
        return forward(mode, chunks, ExtraOutputs.NONE);
    }

    /** As {@link #forward(ForwardMode, List)}, with more outputs than logits; a decode step has none. */
    public LogitsOutput forward(ForwardMode mode, List<? extends Chunk> chunks, ExtraOutputs extra) {
        stepSize = chunks.size();
        if (mode == ForwardMode.DECODE && graphs.isPresent() && graphs.get().launch(chunks)) {
            stepRows = graphs.get().rows(stepSize);
            return graphs.get().output(stepSize);
        }
        if (media.isPresent() && mode != ForwardMode.DECODE) {
            media.get().embed(chunks);
        }
        var batch = batches.build(mode, chunks).with(extra);
        stepRows = batch.attention().rows();
        return forward(batch);
    }

    /**
     * Makes {@code ids} the last tokens of the requests of the step started last, for the next step to read them on the device.
     *
     * @param ids i32, one for each chunk of that step, in order
     */
    public void keepLastTokens(Tensor ids) {
        backend.kernels().step().scatter(ids, stepRows, stepSize, lastTokens);
    }

    /** The id of the largest logit of each row. */
    public int[] argmax(LogitsOutput logits) {
        var ids = nextIds.narrowRows(0, logits.nextTokenLogits().dim(0));
        argmax(logits, ids);
        return ids.toInts();
    }

    /** Starts writing the id of the largest logit of each row to {@code ids}, i32. */
    public void argmax(LogitsOutput logits, Tensor ids) {
        backend.kernels().sampling().argmax(logits.nextTokenLogits(), ids);
    }

    @Override
    public void close() {
        owner.close();
    }

    private LogitsOutput forward(ForwardBatch batch) {
        backend.kernels().step().resolve(batch.inputIds(), lastTokens);
        loaded.workspace().reset();
        return loaded.model().forward(batch.inputIds(), batch.positions(), batch);
    }

    private static Optional<MultimodalProcessor> processor(ModelEntry entry, ModelConfig config, EngineOptions options) {
        return entry.factory() instanceof MultimodalFactory factory ? Optional.of(factory.processor().apply(config, options.modelPath())) : Optional.empty();
    }

    private static Optional<MediaCache> mediaCache(Backend backend, LoadedModel loaded, boolean multimodal, EngineOptions options) {
        if (!multimodal && options.mmEmbeddingCacheBytes().isEmpty()) {
            return Optional.empty();
        }
        var dtype = backend.kernels().activationType(loaded.dtype());
        int hidden = loaded.config().hiddenSize();
        int chunk = options.chunkedPrefillSize();
        long capacity = options.mmEmbeddingCacheBytes().isPresent() ? options.mmEmbeddingCacheBytes().getAsLong() / ((long) hidden * dtype.bytes())
                : chunk + 2L * Math.min(loaded.contextLength(), MEDIA_TOKENS);
        if (capacity < chunk + 2) {
            throw new ConfigException("--mm-embedding-cache-size holds " + capacity + " embeddings of " + hidden + " numbers; it must hold more than the "
                    + chunk + " of a prefill step: raise it, or lower --chunked-prefill-size");
        }
        return Optional.of(new MediaCache(backend.kernels(), dtype, Math.toIntExact(Math.min(capacity, Integer.MAX_VALUE / hidden)), hidden));
    }

    /** A step may touch as many embeddings as it has tokens, and the rest of a picture that began before it and of one that ends after it. */
    private static int maxMediaTokens(MediaCache cache, int stepTokens) {
        return (cache.capacity() - stepTokens) / 2;
    }

    /** Pages of the longest request that context and cache allow; with a window a request may be longer than the cache. */
    private static int pagesPerRequest(LoadedModel loaded, KvPool kvPool) {
        int pages = Math.ceilDiv(loaded.contextLength(), kvPool.pageSize());
        return loaded.window() == AttentionOptions.NO_WINDOW ? Math.min(pages, kvPool.pages()) : pages;
    }
}
