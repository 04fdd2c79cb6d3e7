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
    public void ignoreBelow(String prefix) {
        checkpoint.names().stream().filter(name -> name.startsWith(prefix)).forEach(taken::add);
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
    public Tensor loadPadded(String name, long cols, long... dims) {
        var entry = take(name, Shape.of(dims));
        long rowBytes = entry.data().byteSize() / dims[0];
        long paddedBytes = cols * entry.dtype().bytes();
        return convert(entry.dtype(), 1, dims[0], cols, entry.data().byteSize(), (i, target) -> {
            target.fill((byte) 0);
            for (long row = 0; row < dims[0]; row++) {
                MemorySegment.copy(entry.data(), row * rowBytes, target, row * paddedBytes, rowBytes);
            }
        }).view(dims[0], cols);
    }

    @Override
    public Tensor loadAs(DType other, String name, long... dims) {
        var entry = take(name, Shape.of(dims));
        var out = context.constants().allocate(other, dims);
        copy(entry, out);
        return out;
    }

    @Override
    public Tensor loadTransposed(String name, long n, long rows, long cols) {
        boolean single = n == 1 && checkpoint.find(name).filter(stored -> stored.shape().rank() == 2).isPresent();
        var entry = take(name, single ? Shape.of(cols, rows) : Shape.of(n, cols, rows));
        long bytes = rows * cols * entry.dtype().bytes();
        return convert(entry.dtype(), n, rows, cols, entry.data().byteSize(), (i, target) ->
                Transposition.transpose(entry.data().asSlice(i * bytes, bytes), entry.dtype().bytes(), cols, rows, target));
    }

    @Override
    public Tensor loadMxfp4(String name, long n, long rows, long cols) {
        if (cols % Mxfp4.BLOCK != 0) {
            throw new CheckpointException(checkpoint.source() + ": tensor '" + name + "' has rows of " + cols + "; in MXFP4 they must be multiples of "
                    + Mxfp4.BLOCK);
        }
        long blocks = cols / Mxfp4.BLOCK;
        var values = takeBytes(name + "_blocks", Shape.of(n, rows, blocks, Mxfp4.BLOCK_BYTES));
        var scales = takeBytes(name + "_scales", Shape.of(n, rows, blocks));
        long count = rows * blocks;
        return convert(DType.BF16, n, rows, cols, values.data().byteSize() + scales.data().byteSize(), (i, target) -> Mxfp4.toBf16(
                values.data().asSlice(i * count * Mxfp4.BLOCK_BYTES, count * Mxfp4.BLOCK_BYTES), scales.data().asSlice(i * count, count), target));
    }

    @Override
    public boolean has(String name) {
        return checkpoint.find(name).isPresent();
    }

    @Override
    public void requireItems(String prefix, String suffix, int count, String field) {
        for (int i = 0; i < count; i++) {
            if (!has(prefix + i + suffix)) {
                throw new CheckpointException(checkpoint.source() + " lacks the tensor '" + prefix + i + suffix + "', but " + field
                        + " of config.json is " + count);
            }
        }
        if (has(prefix + count + suffix)) {
            throw new CheckpointException(checkpoint.source() + " holds the tensor '" + prefix + count + suffix + "', but " + field + " of config.json is "
                    + count);
        }
    }

    /** Writes matrix {@code i} to host memory. */
    private interface HostConversion {
        void write(long i, MemorySegment target);
    }

    /** Matrices that the host makes one by one, so that it needs the memory of one. */
    private Tensor convert(DType made, long n, long rows, long cols, long storedBytes, HostConversion conversion) {
        var out = context.constants().allocate(dtype.orElse(made), n, rows, cols);
        try (var arena = Arena.ofConfined()) {
            var matrix = arena.allocate(rows * cols * made.bytes(), 64);
            for (long i = 0; i < n; i++) {
                conversion.write(i, matrix);
                copy(matrix, made, out.narrowRows(i, 1));
            }
        }
        report(storedBytes);
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
        var entry = takeAny(name, expected);
        if (!entry.dtype().isFloat()) {
            throw new CheckpointException(entry.file() + ": tensor '" + name + "' is " + entry.dtype().cudaName() + "; it must be f32, f16 or bf16");
        }
        return entry;
    }

    private Checkpoint.Entry takeBytes(String name, Shape expected) {
        var entry = takeAny(name, expected);
        if (entry.dtype() != DType.U8) {
            throw new CheckpointException(entry.file() + ": tensor '" + name + "' is " + entry.dtype().cudaName() + "; it must be u8");
        }
        return entry;
    }

    private Checkpoint.Entry takeAny(String name, Shape expected) {
        var entry = checkpoint.find(name).orElseThrow(() -> new CheckpointException(checkpoint.source() + " lacks the tensor '" + name + "' of shape "
                + expected + ", which the model needs"));
        if (!taken.add(name)) {
            throw new CheckpointException("the model takes the tensor '" + name + "' of " + checkpoint.source() + " twice");
        }
        if (!entry.shape().equals(expected)) {
            throw new CheckpointException(entry.file() + ": tensor '" + name + "' has shape " + entry.shape() + "; by config.json it must be " + expected);
        }
        return entry;
    }

    private void copy(Checkpoint.Entry entry, Tensor target) {
        copy(entry.data(), entry.dtype(), target);
        report(entry.data().byteSize());
    }

    private void copy(MemorySegment data, DType stored, Tensor target) {
        if (stored == target.dtype()) {
            target.device().copyIn(data, target);
        } else {
            try (var temporary = target.device().arena("conversion", 0)) {
                var raw = temporary.allocate(stored, target.elements());
                target.device().copyIn(data, raw);
                context.kernels().fill().cast(raw, target.view(target.elements()));
                target.device().synchronize();
            }
        }
    }

    private void report(long bytes) {
        doneBytes += bytes;
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
