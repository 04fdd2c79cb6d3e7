package io.gatun.runtime.weights;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;

/**
 * Random weights of whatever names and shapes a model asks for, made on the device: norms near 1, all else with the standard deviation that Hugging Face
 * initialises with. The same names give the same weights.
 */
public final class DummyLoader implements WeightLoader {
    private static final float STD = 0.02f;

    private final LayerContext context;
    private final DType dtype;

    public DummyLoader(LayerContext context, DType dtype) {
        this.context = context;
        this.dtype = dtype;
    }

    @Override
    public LayerContext context() {
        return context;
    }

    @Override
    public Tensor load(List<String> names, long[] rows, long... rest) {
        var out = context.constants().allocate(dtype, CheckpointLoader.dims(LongStream.of(rows).sum(), rest));
        boolean norm = rest.length == 0 && names.getFirst().endsWith("norm.weight");
        context.kernels().fill().randomNormal(out.view(out.elements()), names.getFirst().hashCode(), norm ? 1 : 0, STD);
        return out;
    }

    @Override
    public Tensor loadPadded(String name, long cols, long... dims) {
        return load(List.of(name), new long[] {dims[0]}, cols);
    }

    @Override
    public Tensor loadAs(DType other, String name, long... dims) {
        var out = context.constants().allocate(other, dims);
        context.kernels().fill().randomNormal(out.view(out.elements()), name.hashCode(), 0, STD);
        return out;
    }

    @Override
    public Tensor loadTransposed(String name, long n, long rows, long cols) {
        return load(List.of(name), new long[] {n}, rows, cols);
    }

    @Override
    public Tensor loadMxfp4(String name, long n, long rows, long cols) {
        return load(List.of(name), new long[] {n}, rows, cols);
    }

    @Override
    public boolean has(String name) {
        return false;
    }

    @Override
    public void requireItems(String prefix, String suffix, int count, String field) {
    }

    @Override
    public Tensor rearrange(String name, long[] stored, int runLength, LongUnaryOperator source) {
        var out = load(List.of(name), new long[] {stored[0]}, Arrays.copyOfRange(stored, 1, stored.length));
        return out.view(out.elements());
    }

    @Override
    public void ignore(String name) {
    }

    @Override
    public void ignoreBelow(String prefix) {
    }

    @Override
    public void finish() {
        context.kernels().device().synchronize();
    }
}
