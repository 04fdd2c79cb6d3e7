package io.gatun.runtime.weights;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.List;
import java.util.function.LongUnaryOperator;

/** Where a {@link WeightSource} gets its tensors from: a checkpoint, or nowhere. */
public sealed interface WeightLoader permits CheckpointLoader, DummyLoader {

    /** What the layers will run with. */
    LayerContext context();

    /** Tensors of {@code [rows[i], rest…]}, one below the other in one tensor on the device. */
    Tensor load(List<String> names, long[] rows, long... rest);

    /** One tensor as a matrix of {@code dims[0]} rows, with zeros behind each up to {@code cols}. */
    Tensor loadPadded(String name, long cols, long... dims);

    /** One tensor in a certain dtype, whatever the others have. */
    Tensor loadAs(DType dtype, String name, long... dims);

    /** A tensor {@code [n, rows, cols]} of one stored as {@code [n, cols, rows]}. */
    Tensor loadTransposed(String name, long n, long rows, long cols);

    /** A tensor {@code [n, rows, cols]} of one stored in {@link Mxfp4} under two names. */
    Tensor loadMxfp4(String name, long n, long rows, long cols);

    /** Whether a tensor of this name is stored. */
    boolean has(String name);

    /**
     * Requires that there are as many of some numbered items as the configuration says.
     *
     * @param prefix what stands before the number
     * @param suffix what stands behind it in the name of a tensor of each item
     * @param field the configuration's field, whose value is {@code count}
     * @throws CheckpointException naming the first tensor too few or too many, and the field
     */
    void requireItems(String prefix, String suffix, int count, String field);

    /** A vector of the tensor's elements in another order, as {@link WeightSource#rearranged}. */
    Tensor rearrange(String name, long[] stored, int runLength, LongUnaryOperator source);

    /** Lets a name be there without anyone taking it. */
    void ignore(String name);

    /** Lets all names that begin with {@code prefix} be there without anyone taking them. */
    void ignoreBelow(String prefix);

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
