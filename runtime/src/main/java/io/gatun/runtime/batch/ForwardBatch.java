package io.gatun.runtime.batch;

import io.gatun.kernels.AttentionBatch;
import io.gatun.memory.Tensor;
import io.gatun.runtime.cache.KvPool;

/**
 * One step's input. Tokens of all requests lie one after the other; there is no batch dimension.
 *
 * @param mode prefill, decode or both
 * @param size B, the number of requests
 * @param inputIds i32 [T]; a negative one stands for the last token of row {@code -1 - id}, until it is resolved
 * @param positions i32 [T], each token's place in its request
 * @param outCacheLoc i32 [T], the slot where each token's key and value go
 * @param lastRows i32 [B], the row of each request's last token
 * @param attention which tokens belong together
 * @param kvPool the cache
 * @param extra what is wanted besides the logits of the last tokens
 */
public record ForwardBatch(ForwardMode mode, int size, Tensor inputIds, Tensor positions, Tensor outCacheLoc, Tensor lastRows, AttentionBatch attention,
        KvPool kvPool, ExtraOutputs extra) {

    ForwardBatch(ForwardMode mode, int size, Tensor inputIds, Tensor positions, Tensor outCacheLoc, Tensor lastRows, AttentionBatch attention, KvPool kvPool) {
        this(mode, size, inputIds, positions, outCacheLoc, lastRows, attention, kvPool, ExtraOutputs.NONE);
    }

    /** The same, asked for more. */
    public ForwardBatch with(ExtraOutputs wanted) {
        return wanted == ExtraOutputs.NONE ? this
                : new ForwardBatch(mode, size, inputIds, positions, outCacheLoc, lastRows, attention, kvPool, wanted);
    }
}
