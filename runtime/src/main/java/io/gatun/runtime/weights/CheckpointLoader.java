package io.gatun.runtime.weights;

import io.gatun.kernels.Progress;
import io.gatun.memory.DType;
import io.gatun.memory.Shape;
import io.gatun.memory.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;

/** Brings weights from a checkpoint to the device, as a model's constructor asks for them, and sees to it that every name is taken just once. */
public final class CheckpointLoader implements WeightLoader {
    private static final long SMALL_BYTES = 256L << 20;

    private final Checkpoint checkpoint;
    private final Optional<DType> dtype;
    private final LayerContext context;
    private final Progress progress;
    private final Set<String> taken = new HashSet<>();
    private final long totalBytes;
    private long doneBytes;

    /**
     * A loader.
     *
     * @param dtype what weights are converted to; empty to keep each as it is stored
     * @param context what the layers will run with
     */
    public CheckpointLoader(Checkpoint checkpoint, Optional<DType> dtype, LayerContext context, Progress progress) {
        this.checkpoint = checkpoint;
        this.dtype = dtype;
        this.context = context;
        this.progress = progress;
        this.totalBytes = checkpoint.names().stream().mapToLong(name -> checkpoint.find(name).orElseThrow().data().byteSize()).sum();
    }

    /** The block size for the arena of the weights: one block for a small checkpoint, a block for each tensor of a large one, which wastes nothing. */
    public static long blockBytes(Checkpoint checkpoint) {
        long total = totalBytes(checkpoint);
        return total < SMALL_BYTES ? total : 0;
    }

    /** What the tensors take, each aligned. */
    public static long totalBytes(Checkpoint checkpoint) {
        return checkpoint.names().stream().mapToLong(name -> checkpoint.find(name).orElseThrow().data().byteSize() + 256).sum();
    }

    @Override
    public void finish() {
        var left = new TreeSet<>(checkpoint.names());
        left.removeAll(taken);
        if (!left.isEmpty()) {
            String some = String.join(", ", left.stream().limit(8).toList());
            throw new CheckpointException(checkpoint.source() + " holds " + left.size() + (left.size() == 1 ? " tensor" : " tensors")
                    + " that the model does not use: " + some + (left.size() > 8 ? ", …" : "") + "; config.json and weights do not belong together");
        }
        progress.report("loading weights", totalBytes, totalBytes);
    }

    @Override
    public LayerContext context() {
        return context;
    }

    @Override
    public void ignore(String name) {
        taken.add(name);
    }

    @Override
    public Tensor load(List<String> names, long[] rows, long... rest) {
        var entries = new Checkpoint.Entry[names.size()];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = take(names.get(i), shape(rows[i], rest));
            if (dtype.isEmpty() && entries[i].dtype() != entries[0].dtype()) {
                throw new CheckpointException(entries[i].file() + ": tensor '" + names.get(i) + "' is " + entries[i].dtype().cudaName() + ", but '"
                        + names.getFirst() + "', which it is merged with, is " + entries[0].dtype().cudaName());
            }
        }
        var out = context.constants().allocate(dtype.orElse(entries[0].dtype()), dims(LongStream.of(rows).sum(), rest));
        long from = 0;
        for (int i = 0; i < entries.length; i++) {
            copy(entries[i], out.narrowRows(from, rows[i]));
            from += rows[i];
        }
        return out;
    }

    @Override
    public Tensor rearrange(String name, long[] stored, int runLength, LongUnaryOperator source) {
        var entry = take(name, Shape.of(stored));
        long elements = entry.shape().elements();
        long runBytes = (long) runLength * entry.dtype().bytes();
        var out = context.constants().allocate(dtype.orElse(entry.dtype()), elements);
        try (var arena = Arena.ofConfined()) {
            var data = arena.allocate(entry.data().byteSize());
            for (long i = 0; i < elements / runLength; i++) {
                MemorySegment.copy(entry.data(), source.applyAsLong(i) * entry.dtype().bytes(), data, i * runBytes, runBytes);
            }
            copy(new Checkpoint.Entry(entry.file(), entry.dtype(), out.shape(), data), out);
            out.device().synchronize();
        }
        return out;
    }

    private Checkpoint.Entry take(String name, Shape expected) {
        var entry = checkpoint.find(name).orElseThrow(() -> new CheckpointException(checkpoint.source() + " lacks the tensor '" + name + "' of shape "
                + expected + ", which the model needs"));
        if (!taken.add(name)) {
            throw new CheckpointException("the model takes the tensor '" + name + "' of " + checkpoint.source() + " twice");
        }
        if (!entry.shape().equals(expected)) {
            throw new CheckpointException(entry.file() + ": tensor '" + name + "' has shape " + entry.shape() + "; by config.json it must be " + expected);
        }
        if (!entry.dtype().isFloat()) {
            throw new CheckpointException(entry.file() + ": tensor '" + name + "' is " + entry.dtype().cudaName() + "; it must be f32, f16 or bf16");
        }
        return entry;
    }

    private void copy(Checkpoint.Entry entry, Tensor target) {
        if (entry.dtype() == target.dtype()) {
            target.device().copyIn(entry.data(), target);
        } else {
            try (var temporary = target.device().arena("conversion", 0)) {
                var raw = temporary.allocate(entry.dtype(), entry.shape().elements());
                target.device().copyIn(entry.data(), raw);
                context.kernels().fill().cast(raw, target.view(target.elements()));
                target.device().synchronize();
            }
        }
        doneBytes += entry.data().byteSize();
        progress.report("loading weights", doneBytes, totalBytes);
    }

    private static Shape shape(long first, long... rest) {
        return Shape.of(dims(first, rest));
    }

    static long[] dims(long first, long... rest) {
        long[] dims = new long[rest.length + 1];
        dims[0] = first;
        System.arraycopy(rest, 0, dims, 1, rest.length);
        return dims;
    }
}
