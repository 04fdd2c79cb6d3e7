package io.gatun.runtime.batch;

import io.gatun.kernels.AttentionBatch;
import io.gatun.memory.Tensor;
import io.gatun.runtime.cache.KvPool;
import io.gatun.runtime.multimodal.MediaRows;
import java.util.Optional;

/**
 * One step's input. Tokens of all requests lie one after the other; there is no batch dimension.
 *
 * @param mode prefill, decode or both
 * @param size B, the number of requests
 * @param inputIds i32 [T]; a negative one stands for the last token of row {@code -1 - id}, until it is resolved
 * @param positions i32 [T], each token's place in its request; i32 [3, T] for a model that rotates by time, height and width
 * @param outCacheLoc i32 [T], the slot where each token's key and value go
 * @param lastRows i32 [B], the row of each request's last token
 * @param attention which tokens belong together
 * @param kvPool the cache
 * @param extra what is wanted besides the logits of the last tokens
 * @param media embeddings of pictures that take the place of tokens'
 */
public record ForwardBatch(ForwardMode mode, int size, Tensor inputIds, Tensor positions, Tensor outCacheLoc, Tensor lastRows, AttentionBatch attention,
        KvPool kvPool, ExtraOutputs extra, Optional<MediaRows> media) {

    ForwardBatch(ForwardMode mode, int size, Tensor inputIds, Tensor positions, Tensor outCacheLoc, Tensor lastRows, AttentionBatch attention, KvPool kvPool,
            Optional<MediaRows> media) {
        this(mode, size, inputIds, positions, outCacheLoc, lastRows, attention, kvPool, ExtraOutputs.NONE, media);
    }

    /** The same, asked for more. */
    public ForwardBatch with(ExtraOutputs wanted) {
        return wanted == ExtraOutputs.NONE ? this
                : new ForwardBatch(mode, size, inputIds, positions, outCacheLoc, lastRows, attention, kvPool, wanted, media);
    }
}
