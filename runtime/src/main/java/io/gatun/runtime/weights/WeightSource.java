package io.gatun.runtime.weights;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * The weights under one prefix of a checkpoint's names, as a constructor takes them: {@code weights.scope("self_attn").tensor("q_proj.weight", n, k)}.
 * Each name is taken once, and after the model is built {@link WeightLoader#finish()} finds those that nobody took.
 */
public final class WeightSource {
    private final WeightLoader loader;
    private final String prefix;

    WeightSource(WeightLoader loader, String prefix) {
        this.loader = loader;
        this.prefix = prefix;
    }

    /** Makes one item of a list of layers. */
    @FunctionalInterface
    public interface ItemFactory<T> {
        T create(int index, WeightSource weights);
    }

    /** What layers run with. */
    public LayerContext context() {
        return loader.context();
    }

    /** The weights below {@code name}. */
    public WeightSource scope(String name) {
        return new WeightSource(loader, prefix + name + ".");
    }

    /** One item for each of the scopes {@code 0} to {@code count - 1}. */
    public <T> List<T> list(int count, ItemFactory<T> factory) {
        var items = new ArrayList<T>(count);
        for (int i = 0; i < count; i++) {
            items.add(factory.create(i, scope(Integer.toString(i))));
        }
        return List.copyOf(items);
    }

    /**
     * Takes a tensor.
     *
     * @throws CheckpointException if it is missing, was taken before, or has another shape than {@code dims}
     */
    public Tensor tensor(String name, long... dims) {
        return loader.load(List.of(prefix + name), new long[] {dims[0]}, Arrays.copyOfRange(dims, 1, dims.length));
    }

    /**
     * Takes a tensor as a matrix of {@code dims[0]} rows, for a convolution that is a product.
     *
     * @param cols of the matrix: as many as the other dimensions make, or more, of which the last are zeros
     * @throws CheckpointException as {@link #tensor}
     */
    public Tensor flattened(String name, long cols, long[] dims) {
        return cols == Arrays.stream(dims).skip(1).reduce(1, (a, b) -> a * b) ? tensor(name, dims).view(dims[0], cols)
                : loader.loadPadded(prefix + name, cols, dims);
    }

    /**
     * Takes several tensors that differ at most in their first dimension, one below the other in one tensor, as for a merged projection.
     *
     * @param suffix what follows each of {@code names}, such as {@code weight}
     * @param rows the first dimension of each
     * @param rest the other dimensions
     */
    public Tensor stacked(String suffix, List<String> names, long[] rows, long... rest) {
        return loader.load(names.stream().map(name -> prefix + name + "." + suffix).toList(), rows, rest);
    }

    /**
     * Takes a tensor in a certain dtype, for what a model keeps more exact than its other weights.
     *
     * @throws CheckpointException as {@link #tensor}
     */
    public Tensor tensorAs(DType dtype, String name, long... dims) {
        return loader.loadAs(dtype, prefix + name, dims);
    }

    /**
     * Takes {@code n} matrices that are stored with their inputs first, {@code [n, cols, rows]}, as {@code [n, rows, cols]}. A single one may be stored as
     * {@code [cols, rows]}.
     *
     * @throws CheckpointException as {@link #tensor}
     */
    public Tensor transposed(String name, long n, long rows, long cols) {
        return loader.loadTransposed(prefix + name, n, rows, cols);
    }

    /**
     * Takes {@code n} matrices {@code [n, rows, cols]} that are stored in {@link Mxfp4}, as {@code name_blocks} and {@code name_scales}.
     *
     * @throws CheckpointException as {@link #tensor}
     */
    public Tensor mxfp4(String name, long n, long rows, long cols) {
        return loader.loadMxfp4(prefix + name, n, rows, cols);
    }

    /** Whether a tensor of this name is stored; of random weights none is. */
    public boolean has(String name) {
        return loader.has(prefix + name);
    }

    /**
     * Requires that the scopes {@code 0} to {@code count - 1} hold a tensor {@code name} and that scope {@code count} does not.
     *
     * @param field the field of config.json that says how many there are
     * @throws CheckpointException naming the tensor and the field
     */
    public void requireItems(String name, int count, String field) {
        loader.requireItems(prefix, "." + name, count, field);
    }

    /**
     * Takes a tensor with its elements in another order, as a vector: run i of the result, of {@code runLength} elements, is that which begins at element
     * {@code source.applyAsLong(i)} of the stored tensor.
     *
     * @param stored the shape it has in the checkpoint
     */
    public Tensor rearranged(String name, long[] stored, int runLength, LongUnaryOperator source) {
        return loader.rearrange(prefix + name, stored, runLength, source);
    }

    /** Lets whatever is stored below {@code name} be there without anyone taking it, such as a layer whose output is not asked for. */
    public void ignoreScope(String name) {
        loader.ignoreBelow(prefix + name + ".");
    }

    /** Lets a name be there without anyone taking it, such as a copy of tied weights. */
    public void ignore(String... names) {
        Arrays.stream(names).forEach(name -> loader.ignore(prefix + name));
    }
}
