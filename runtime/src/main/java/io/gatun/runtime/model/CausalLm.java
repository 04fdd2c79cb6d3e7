package io.gatun.runtime.model;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.cache.KvPool.KvShape;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.LogitsOutput;
import java.util.OptionalInt;

/** A model that predicts the next token, or scores what it has read. Its weights are its final fields, taken from a {@code WeightSource} in the constructor. */
public interface CausalLm {

    /**
     * One step for all requests of a batch.
     *
     * @param inputIds i32 [T], the new tokens of all requests one after the other
     * @param positions i32 [T], or [3, T] where {@link #positionAxes} is 3
     * @return the logits of each request's next token, or of its classes
     */
    LogitsOutput forward(Tensor inputIds, Tensor positions, ForwardBatch batch);

    /** How many positions a token has: 1, or 3 for a model that rotates by time, height and width (M-RoPE). */
    default int positionAxes() {
        return 1;
    }

    /** How many classes it scores sequences by; empty for a model that predicts tokens. */
    default OptionalInt numLabels() {
        return OptionalInt.empty();
    }

    /**
     * What the KV cache keeps of a token: unless the model says otherwise, the same in every layer.
     *
     * @param config what the model was made from
     * @param dtype the dtype of the cache
     */
    default KvShape kvShape(ModelConfig config, DType dtype) {
        return new KvShape(config.numHiddenLayers(), config.numKeyValueHeads(), config.headDim(), dtype);
    }
}
