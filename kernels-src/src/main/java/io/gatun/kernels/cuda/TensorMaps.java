package io.gatun.kernels.cuda;

import static io.gatun.bindings.Cuda.check;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.gatun.bindings.Cuda;
import io.gatun.bindings.cuda.cuda_h;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Descriptions of 16-bit matrices for Hopper's copy engine, which brings them in boxes of 64 columns with the 128-byte swizzle. */
final class TensorMaps {
    private static final int BOX_COLUMNS = 64;
    private static final int MAPS_OF_HEADS = 3;

    private record Key(long address, int rows, int cols, long rowStride, DType type, int boxRows) {
    }

    private final Arena arena = Arena.ofAuto();
    private final Map<Key, MemorySegment> weights = new HashMap<>();
    private final MemorySegment activation = Cuda.allocateTensorMap(arena);
    private final List<MemorySegment> heads = Stream.generate(() -> Cuda.allocateTensorMap(arena)).limit(MAPS_OF_HEADS).toList();
    private final MemorySegment size = arena.allocate(JAVA_LONG, 3);
    private final MemorySegment strides = arena.allocate(JAVA_LONG, 2);
    private final MemorySegment box = arena.allocate(JAVA_INT, 3);
    private final MemorySegment elementStrides = arena.allocateFrom(JAVA_INT, 1, 1, 1);

    /** The map of a weight or of a cache, made once. */
    MemorySegment ofWeight(Tensor weight, int boxRows) {
        return weights.computeIfAbsent(key(weight, boxRows), key -> encode(key, Cuda.allocateTensorMap(arena)));
    }

    /** The map of an activation, good until the next call: a launch copies its arguments. */
    MemorySegment ofActivation(Tensor x, int boxRows) {
        return encode(key(x, boxRows), activation);
    }

    /**
     * The map of an activation as [rows, heads, headDim], whose boxes hold rows of one head; columns beyond the head are zeros. Good until the next call
     * with the same {@code which}.
     */
    MemorySegment ofHeads(int which, Tensor x, int headDim, int boxRows) {
        int bytes = x.dtype().bytes();
        size.setAtIndex(JAVA_LONG, 0, headDim);
        size.setAtIndex(JAVA_LONG, 1, x.cols() / headDim);
        size.setAtIndex(JAVA_LONG, 2, x.rows());
        strides.setAtIndex(JAVA_LONG, 0, (long) headDim * bytes);
        strides.setAtIndex(JAVA_LONG, 1, x.rowStride() * bytes);
        box.setAtIndex(JAVA_INT, 0, BOX_COLUMNS);
        box.setAtIndex(JAVA_INT, 1, 1);
        box.setAtIndex(JAVA_INT, 2, boxRows);
        return encode(heads.get(which), 3, x.address(), x.dtype());
    }

    private static Key key(Tensor tensor, int boxRows) {
        return new Key(tensor.address(), tensor.rows(), tensor.cols(), tensor.rowStride(), tensor.dtype(), boxRows);
    }

    private MemorySegment encode(Key key, MemorySegment map) {
        size.setAtIndex(JAVA_LONG, 0, key.cols);
        size.setAtIndex(JAVA_LONG, 1, key.rows);
        strides.setAtIndex(JAVA_LONG, 0, key.rowStride * key.type.bytes());
        box.setAtIndex(JAVA_INT, 0, BOX_COLUMNS);
        box.setAtIndex(JAVA_INT, 1, key.boxRows);
        return encode(map, 2, key.address, key.type);
    }

    private MemorySegment encode(MemorySegment map, int dimensions, long address, DType dtype) {
        int type = dtype == DType.BF16 ? cuda_h.CU_TENSOR_MAP_DATA_TYPE_BFLOAT16() : cuda_h.CU_TENSOR_MAP_DATA_TYPE_FLOAT16();
        check(cuda_h.cuTensorMapEncodeTiled(map, type, dimensions, MemorySegment.ofAddress(address), size, strides, box, elementStrides,
                cuda_h.CU_TENSOR_MAP_INTERLEAVE_NONE(), cuda_h.CU_TENSOR_MAP_SWIZZLE_128B(), cuda_h.CU_TENSOR_MAP_L2_PROMOTION_L2_256B(),
                cuda_h.CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE()), "cuTensorMapEncodeTiled");
        return map;
    }
}
