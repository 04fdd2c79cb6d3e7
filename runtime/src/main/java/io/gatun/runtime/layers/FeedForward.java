package io.gatun.runtime.layers;

import io.gatun.memory.Tensor;

/** What comes after attention in a decoder layer: a {@link GatedMlp}, a mixture of experts, or either of them with something more. */
@FunctionalInterface
public interface FeedForward {

    /** [T, H] to [T, H]. */
    Tensor forward(Tensor hidden);

    /** The same, and then {@code next}. */
    default FeedForward then(Elementwise next) {
        return hidden -> next.forward(forward(hidden));
    }
}
