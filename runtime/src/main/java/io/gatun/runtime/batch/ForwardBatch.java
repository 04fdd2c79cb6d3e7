package io.gatun.runtime.batch;

import io.gatun.kernels.AttentionBatch;
import io.gatun.memory.Tensor;
import io.gatun.runtime.cache.KvPool;
import java.util.Optional;

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
 * @param promptLogprobs tokens of prompts whose logprobs are wanted
 */
public record ForwardBatch(ForwardMode mode, int size, Tensor inputIds, Tensor positions, Tensor outCacheLoc, Tensor lastRows, AttentionBatch attention,
        KvPool kvPool, Optional<PromptLogprobs> promptLogprobs) {

    ForwardBatch(ForwardMode mode, int size, Tensor inputIds, Tensor positions, Tensor outCacheLoc, Tensor lastRows, AttentionBatch attention, KvPool kvPool) {
        this(mode, size, inputIds, positions, outCacheLoc, lastRows, attention, kvPool, Optional.empty());
    }

    /** The same with logprobs of prompts. */
    public ForwardBatch with(Optional<PromptLogprobs> wanted) {
        return wanted.isEmpty() ? this : new ForwardBatch(mode, size, inputIds, positions, outCacheLoc, lastRows, attention, kvPool, wanted);
    }
}
