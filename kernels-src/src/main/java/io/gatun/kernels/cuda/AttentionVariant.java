package io.gatun.kernels.cuda;

import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.AttentionOptions;
import io.gatun.kernels.KvCache;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/**
 * What the attention kernels are specialised by; {@code attention.cuh} has the limits.
 *
 * @param group query heads of one key head
 * @param window whether a token sees only so many positions
 * @param cap whether scores are capped
 * @param sinks whether heads have sinks
 * @param blocks whether tokens see later ones of their picture
 */
record AttentionVariant(DType type, int headDim, int valueDim, int group, int pageSize, boolean window, boolean cap, boolean sinks, boolean blocks) {
    private static final int PADDING = 16;
    private static final int MAX_DIM = 256;

    /** Plain attention with keys and values of the same size. */
    AttentionVariant(DType type, int headDim, int group, int pageSize) {
        this(type, headDim, headDim, group, pageSize, false, false, false, false);
    }

    static AttentionVariant of(String operation, Tensor q, KvCache cache, AttentionOptions options, Tensor out) {
        int headDim = dim(operation, "head", cache.headDim(), cache.k());
        int valueDim = dim(operation, "value", cache.valueDim(), cache.v());
        int heads = q.cols() / headDim;
        if (q.cols() % (cache.kvHeads() * headDim) != 0 || out.cols() != heads * valueDim || q.dtype() != cache.k().dtype() || out.dtype() != q.dtype()) {
            throw new IllegalArgumentException(operation + ": q is " + q + " and out " + out + " but both must be " + cache.k().dtype()
                    + " with the same multiple of " + cache.kvHeads() + " key heads, of " + headDim + " and " + valueDim + " columns");
        }
        options.sinks().ifPresent(sinks -> {
            if (sinks.elements() != heads || sinks.dtype() != q.dtype()) {
                throw new IllegalArgumentException(operation + ": sinks are " + sinks + " but must be " + q.dtype() + "[" + heads + "]");
            }
        });
        Vectors.requireAligned(operation, "q", q);
        Vectors.requireAligned(operation, "out", out);
        return new AttentionVariant(q.dtype(), headDim, valueDim, heads / cache.kvHeads(), cache.pageSize(), options.hasWindow(), options.hasLogitCap(),
                options.sinks().isPresent(), false);
    }

    /** The same for extending a batch. */
    AttentionVariant forBatch(AttentionBatch batch) {
        return new AttentionVariant(type, headDim, valueDim, group, pageSize, window, cap, sinks, batch.blockEnds().isPresent());
    }

    private static int dim(String operation, String name, int dim, Tensor cache) {
        if (dim % 16 != 0 || dim < 16 || dim > MAX_DIM) {
            throw new IllegalArgumentException(operation + ": " + name + " dimension " + dim + " of the cache " + cache
                    + "; the CUDA kernels do multiples of 16 up to " + MAX_DIM);
        }
        return dim;
    }

    /** Bytes of a row of K or V, whichever is larger. */
    int rowBytes() {
        return Math.max(headDim, valueDim) * type.bytes();
    }

    /** Bytes of a row of K in shared memory. */
    int sharedKeyBytes() {
        return headDim * type.bytes() + PADDING;
    }

    /** Bytes of a row of V in shared memory. */
    int sharedValueBytes() {
        return valueDim * type.bytes() + PADDING;
    }

    /** Warps of a block that decodes, each at 16 positions at once; few enough for the shared memory of every GPU. */
    int decodeWarps() {
        return rowBytes() <= 256 ? 4 : rowBytes() <= 512 ? 2 : 1;
    }

    KernelSpec decodeSpec() {
        return spec("attention_decode").with("WARPS", decodeWarps());
    }

    KernelSpec spec(String operation) {
        return KernelSpec.of(operation, operation).with("T", type).with("HEAD_DIM", headDim).with("VALUE_DIM", valueDim).with("GROUP", group)
                .with("PAGE_SIZE", pageSize).with("HAS_WINDOW", window ? 1 : 0).with("HAS_CAP", cap ? 1 : 0).with("HAS_SINKS", sinks ? 1 : 0)
                .with("HAS_BLOCKS", blocks ? 1 : 0);
    }
}
