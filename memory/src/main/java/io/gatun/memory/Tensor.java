package io.gatun.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A typed view of memory on one device. The last dimension is contiguous; rows (the second to last dimension) may lie {@link #rowStride()} elements
 * apart, so that a slice of a merged projection is a tensor too. A view shares memory with what it was taken from. It dies with its arena.
 */
public final class Tensor {
    private final TensorArena arena;
    private final int epoch;
    private final MemorySegment segment;
    private final DType dtype;
    private final Shape shape;
    private final long rowStride;

    Tensor(TensorArena arena, MemorySegment segment, DType dtype, Shape shape, long rowStride) {
        this(arena, arena.epoch(), segment, dtype, shape, rowStride);
    }

    private Tensor(TensorArena arena, int epoch, MemorySegment segment, DType dtype, Shape shape, long rowStride) {
        this.arena = arena;
        this.epoch = epoch;
        this.segment = segment;
        this.dtype = dtype;
        this.shape = shape;
        this.rowStride = rowStride;
    }

    public DType dtype() {
        return dtype;
    }

    public Shape shape() {
        return shape;
    }

    public Device device() {
        return arena.device();
    }

    /** Dimension {@code i}; a negative {@code i} counts from the end. */
    public long dim(int i) {
        return shape.dim(i);
    }

    /** The last dimension. */
    public int cols() {
        return Math.toIntExact(shape.dim(-1));
    }

    /** The product of all dimensions but the last. */
    public int rows() {
        return shape.rank() < 2 ? 1 : Math.toIntExact(shape.elements() / Math.max(1, shape.dim(-1)));
    }

    /** Elements from the start of one row to the start of the next. */
    public long rowStride() {
        return rowStride;
    }

    /** Whether the elements lie without gaps. */
    public boolean isContiguous() {
        return shape.rank() < 2 || rows() <= 1 || rowStride == shape.dim(-1);
    }

    public long elements() {
        return shape.elements();
    }

    /** Bytes of the elements; for rows with gaps, without the gaps. */
    public long bytes() {
        return elements() * dtype.bytes();
    }

    /**
     * The address on the device, for a kernel's argument.
     *
     * @throws IllegalStateException if the arena was reset or closed
     */
    public long address() {
        arena.requireEpoch(epoch);
        return segment.address();
    }

    /**
     * The host memory of a tensor on the CPU.
     *
     * @throws IllegalStateException if the arena was reset or closed, or if the tensor lives on a GPU
     */
    public MemorySegment segment() {
        arena.requireEpoch(epoch);
        if (!(arena.device() instanceof CpuDevice)) {
            throw new IllegalStateException(this + " cannot be read or written by the host; copy it with toFloats(), toInts() or Device.copyOut");
        }
        return segment;
    }

    /**
     * The same elements under another shape.
     *
     * @throws IllegalArgumentException if the number of elements differs or the rows have gaps
     */
    public Tensor view(long... dims) {
        var other = Shape.of(dims);
        if (other.elements() != elements() || !isContiguous()) {
            throw new IllegalArgumentException(this + " cannot be viewed as " + other + (isContiguous() ? "" : ": its rows have gaps"));
        }
        arena.requireEpoch(epoch);
        return new Tensor(arena, epoch, segment, dtype, other, other.rank() == 0 ? 1 : other.dim(-1));
    }

    /**
     * The same memory of a vector, read as elements of another dtype.
     *
     * @throws IllegalArgumentException if its bytes are not a whole number of those elements, or if the tensor is no vector
     */
    public Tensor as(DType other) {
        if (shape.rank() != 1 || bytes() % other.bytes() != 0) {
            throw new IllegalArgumentException(this + " cannot be read as a vector of " + other.cudaName());
        }
        arena.requireEpoch(epoch);
        return new Tensor(arena, segment, other, Shape.of(bytes() / other.bytes()), bytes() / other.bytes());
    }

    /** Rows {@code from} to {@code from + count} of a tensor, counted along the first dimension. */
    public Tensor narrowRows(long from, long count) {
        requireRange(from, count, shape.dim(0), "rows");
        long[] dims = dims();
        long step = shape.rank() == 1 ? 1 : shape.rank() == 2 ? rowStride : elements() / Math.max(1, dims[0]);
        dims[0] = count;
        return slice(from * step, Shape.of(dims), shape.rank() == 1 ? count : rowStride);
    }

    /** Columns {@code from} to {@code from + count} of a matrix; the row stride stays. */
    public Tensor narrowCols(long from, long count) {
        if (shape.rank() != 2) {
            throw new IllegalArgumentException(this + " is no matrix; columns can be taken of a matrix only");
        }
        requireRange(from, count, shape.dim(1), "columns");
        return slice(from, Shape.of(shape.dim(0), count), rowStride);
    }

    /**
     * The same memory, good until the arena is closed: for what a captured graph writes there each time it is launched. It is the caller's business that
     * nothing else of the arena is written there in between.
     */
    public Tensor acrossResets() {
        arena.requireEpoch(epoch);
        return new Tensor(arena, TensorArena.EVERY_EPOCH, segment, dtype, shape, rowStride);
    }

    /** All elements as floats, copied to the heap from wherever the tensor lives. Meant for tests, results and messages. */
    public float[] toFloats() {
        var host = toHost();
        float[] out = new float[Math.toIntExact(elements())];
        for (int i = 0; i < out.length; i++) {
            out[i] = switch (dtype) {
                case F32 -> host.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
                case F16 -> Float.float16ToFloat(host.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i));
                case BF16 -> DType.bf16ToFloat(host.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i));
                case I32 -> host.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i);
                case I64 -> host.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i);
                case U8 -> Byte.toUnsignedInt(host.get(ValueLayout.JAVA_BYTE, i));
            };
        }
        return out;
    }

    /** All elements of an i32 tensor, copied to the heap. */
    public int[] toInts() {
        if (dtype != DType.I32) {
            throw new IllegalArgumentException(this + " is not i32");
        }
        return toHost().toArray(ValueLayout.JAVA_INT_UNALIGNED);
    }

    /** Fills the tensor with {@code values}, rounded to its dtype. Meant for constants, tests and small inputs. */
    public Tensor copyFrom(float... values) {
        requireLength(values.length);
        byte[] bytes = new byte[Math.toIntExact(bytes())];
        var host = MemorySegment.ofArray(bytes);
        for (int i = 0; i < values.length; i++) {
            switch (dtype) {
                case F32 -> host.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, values[i]);
                case F16 -> host.setAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i, Float.floatToFloat16(values[i]));
                case BF16 -> host.setAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i, DType.floatToBf16(values[i]));
                default -> throw new IllegalArgumentException(this + " does not hold floats");
            }
        }
        device().copyIn(host, this);
        return this;
    }

    /** Fills an i32 tensor. */
    public Tensor copyFrom(int... values) {
        requireLength(values.length);
        if (dtype != DType.I32) {
            throw new IllegalArgumentException(this + " is not i32");
        }
        device().copyIn(MemorySegment.ofArray(values), this);
        return this;
    }

    /** Such as {@code bf16[4096, 4096] on cuda:0 (weights)}. */
    @Override
    public String toString() {
        return dtype.cudaName() + shape + " on " + device().name() + " (" + arena.name() + ")";
    }

    /** For what treats the tensor as one run of bytes. */
    void requireContiguous() {
        if (!isContiguous()) {
            throw new IllegalArgumentException(this + " has gaps between its rows and cannot be copied as one piece");
        }
    }

    private MemorySegment toHost() {
        if (!isContiguous()) {
            var packed = MemorySegment.ofArray(new byte[Math.toIntExact(bytes())]);
            long rowBytes = shape.dim(-1) * dtype.bytes();
            for (int row = 0; row < rows(); row++) {
                var one = narrowRows(row, 1);
                device().copyOut(one, packed.asSlice(row * rowBytes, rowBytes));
            }
            return packed;
        }
        var host = MemorySegment.ofArray(new byte[Math.toIntExact(bytes())]);
        device().copyOut(this, host);
        return host;
    }

    private Tensor slice(long fromElement, Shape part, long stride) {
        arena.requireEpoch(epoch);
        long offset = fromElement * dtype.bytes();
        var memory = segment.byteSize() == 0 ? MemorySegment.ofAddress(segment.address() + offset) : segment.asSlice(offset);
        return new Tensor(arena, epoch, memory, dtype, part, stride);
    }

    private long[] dims() {
        long[] dims = new long[shape.rank()];
        Arrays.setAll(dims, shape::dim);
        return dims;
    }

    private void requireRange(long from, long count, long limit, String what) {
        if (from < 0 || count < 0 || count > limit - from) {
            throw new IllegalArgumentException(count + " " + what + " from " + from + " on of " + this + " do not exist");
        }
    }

    private void requireLength(long count) {
        if (count != elements() || !isContiguous()) {
            throw new IllegalArgumentException(count + " values do not fill " + this);
        }
    }
}
