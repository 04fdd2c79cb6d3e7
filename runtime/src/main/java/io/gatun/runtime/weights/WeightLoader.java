package io.gatun.runtime.weights;

import io.gatun.memory.Tensor;
import java.util.List;
import java.util.function.LongUnaryOperator;

/** Where a {@link WeightSource} gets its tensors from: a checkpoint, or nowhere. */
public sealed interface WeightLoader permits CheckpointLoader, DummyLoader {

    /** What the layers will run with. */
    LayerContext context();

    /** Tensors of {@code [rows[i], rest…]}, one below the other in one tensor on the device. */
    Tensor load(List<String> names, long[] rows, long... rest);

    /** A vector of the tensor's elements in another order, as {@link WeightSource#rearranged}. */
    Tensor rearrange(String name, long[] stored, int runLength, LongUnaryOperator source);

    /** Lets a name be there without anyone taking it. */
    void ignore(String name);

    /**
     * Ends loading.
     *
     * @throws CheckpointException if there are names that nobody took
     */
    void finish();

    /** The root of all names. */
    default WeightSource root() {
        return new WeightSource(this, "");
    }
}
