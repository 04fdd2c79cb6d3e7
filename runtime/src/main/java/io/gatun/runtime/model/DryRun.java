package io.gatun.runtime.model;

import io.gatun.kernels.Backend;
import io.gatun.memory.DType;
import io.gatun.runtime.batch.BatchBuilder;
import io.gatun.runtime.batch.Chunk;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.batch.ForwardMode;
import io.gatun.runtime.batch.TokenChunk;
import io.gatun.runtime.batch.TokenList;
import io.gatun.runtime.cache.KvPool;
import io.gatun.runtime.cache.PageList;
import io.gatun.runtime.cache.ReqToTokenPool;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.layers.LogitsOutput;
import io.gatun.runtime.multimodal.MediaCache;
import io.gatun.runtime.multimodal.MediaContent;
import io.gatun.runtime.multimodal.MediaInput;
import io.gatun.runtime.multimodal.MediaInputs;
import io.gatun.runtime.multimodal.MediaItem;
import io.gatun.runtime.multimodal.MediaKey;
import io.gatun.runtime.multimodal.MediaSpan;
import io.gatun.runtime.multimodal.Modality;
import io.gatun.runtime.multimodal.MultimodalProcessor;
import io.gatun.runtime.multimodal.Picture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Steps of many sizes that compute nothing, from which the device's back end learns which kernels to compile, and after which the memory of the largest
 * step is allocated, before the KV cache takes the rest.
 */
record DryRun(Backend backend, LoadedModel loaded, int pageSize, int maxRunningRequests, Optional<MediaCache> media, Optional<MultimodalProcessor> processor) {
    /** The side of the largest picture for which memory is there from the start; the memory for a larger one is allocated when it comes. */
    private static final int PICTURE_SIDE = 1792;


    /** Returns how many kernels had to be compiled. */
    int run(EngineOptions options) {
        return backend.kernels().prepare(() -> steps(options.chunkedPrefillSize(), Math.min(options.cudaGraphMaxBs(), maxRunningRequests)),
                options.progress());
    }

    private void steps(int maxTokens, int maxGraph) {
        try (var kvPool = new KvPool(backend.device(), loaded.kvShape(), 1, pageSize);
                var reqToToken = new ReqToTokenPool(backend.device(), 1, Math.ceilDiv(loaded.contextLength(), pageSize));
                var batches = new BatchBuilder(backend.kernels(), kvPool, reqToToken, maxTokens, maxRunningRequests, loaded.model().positionAxes(), media);
                var outputs = backend.device().arena("outputs", 0)) {
            processor.ifPresent(found -> picture(batches, found));
            extend(batches, maxTokens);
            IntStream.iterate(1, tokens -> tokens < maxTokens, tokens -> 2 * tokens).forEach(tokens -> extend(batches, tokens));
            var ids = outputs.allocate(DType.I32, maxRunningRequests);
            IntStream.concat(IntStream.of(maxRunningRequests), Arrays.stream(DecodeGraphs.sizes(maxGraph))).forEach(size -> {
                var logits = forward(batches.decodeInputs(size, loaded.contextLength())).nextTokenLogits();
                backend.kernels().sampling().argmax(logits, ids.narrowRows(0, size));
            });
            backend.device().synchronize();
        }
    }

    /** A step of so many tokens, in as few requests as the context length allows. */
    private void extend(BatchBuilder batches, int tokens) {
        var chunks = new ArrayList<Chunk>();
        for (int left = tokens; left > 0; left -= loaded.contextLength()) {
            chunks.add(chunk(Math.min(left, loaded.contextLength())));
        }
        forward(batches.build(ForwardMode.EXTEND, chunks));
    }

    /** A picture through the tower, and a step with its embeddings. */
    private void picture(BatchBuilder batches, MultimodalProcessor found) {
        var blank = new MediaInput.Image(new Picture(PICTURE_SIDE, PICTURE_SIDE, new byte[3 * PICTURE_SIDE * PICTURE_SIDE]));
        var feature = found.process(List.of(blank)).getFirst();
        int tokens = feature.tokens();
        if (tokens > media.orElseThrow().capacity() || tokens > loaded.contextLength()) {
            return;
        }
        var span = new MediaSpan(0, tokens, Modality.IMAGE, feature.grid());
        var numbers = MediaContent.convert(feature.pixels(), media.get().table().dtype());
        var inputs = new MediaInputs(List.of(new MediaItem(span, new MediaKey(0, 0), new MediaContent.Pixels(feature, numbers))), Optional.empty(),
                found.attendsBothWays());
        var chunks = List.of(new TokenChunk(1, new TokenList(new int[tokens], 0), 0, tokens, PageList.repeating(0, (tokens + pageSize - 1) / pageSize),
                Optional.of(inputs)));
        new MediaEmbedder(loaded.model(), loaded.workspace(), media.get()).embed(chunks);
        forward(batches.build(ForwardMode.EXTEND, chunks));
        media.get().clear();
    }

    private LogitsOutput forward(ForwardBatch batch) {
        backend.kernels().step().resolve(batch.inputIds(), batch.inputIds());
        loaded.workspace().reset();
        return loaded.model().forward(batch.inputIds(), batch.positions(), batch);
    }

    private Chunk chunk(int length) {
        var pages = PageList.repeating(0, (length + pageSize - 1) / pageSize);
        return new TokenChunk(1, new TokenList(new int[length], 0), 0, length, pages);
    }
}
