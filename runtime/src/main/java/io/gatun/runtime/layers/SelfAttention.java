package io.gatun.runtime.layers;

import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.ForwardBatch;

/** The attention of a decoder layer with its projections. */
@FunctionalInterface
public interface SelfAttention {

    /** i32 positions [T] and [T, H] to [T, H]. */
    Tensor forward(Tensor positions, Tensor hidden, ForwardBatch batch);

    /** The same, and then {@code next}. */
    default SelfAttention then(Elementwise next) {
        return (positions, hidden, batch) -> next.forward(forward(positions, hidden, batch));
    }
}
