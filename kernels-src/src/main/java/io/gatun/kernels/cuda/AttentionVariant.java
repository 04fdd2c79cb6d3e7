package io.gatun.kernels.cuda;

import io.gatun.kernels.KvCache;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/**
 * What the attention kernels are specialised by; {@code attention.cuh} has the limits.
 *
 * @param group query heads of one key head
 */
record AttentionVariant(DType type, int headDim, int group, int pageSize) {
    private static final int PADDING = 16;

    static AttentionVariant of(String operation, Tensor q, KvCache cache, Tensor out) {
        int headDim = cache.headDim();
        if (headDim % 16 != 0 || headDim > 256) {
            throw new IllegalArgumentException(operation + ": head dimension " + headDim + " of the cache " + cache.k()
                    + "; the CUDA kernels do multiples of 16 up to 256");
        }
        int keyWidth = cache.kvHeads() * headDim;
        if (q.cols() % keyWidth != 0 || out.cols() != q.cols() || q.dtype() != cache.k().dtype() || out.dtype() != q.dtype()) {
            throw new IllegalArgumentException(operation + ": q is " + q + " and out " + out + " but both must be " + cache.k().dtype()
                    + " with the same multiple of " + cache.kvHeads() + " key heads of " + headDim + " as columns");
        }
        Vectors.requireAligned(operation, "q", q);
        Vectors.requireAligned(operation, "out", out);
        return new AttentionVariant(q.dtype(), headDim, q.cols() / keyWidth, cache.pageSize());
    }

    /** Bytes of a row of K. */
    int rowBytes() {
        return headDim * type.bytes();
    }

    /** Bytes of a row of K in shared memory. */
    int sharedRowBytes() {
        return rowBytes() + PADDING;
    }

    /** Warps of a block that decodes, each at 16 positions at once; few enough for the shared memory of every GPU. */
    int decodeWarps() {
        return rowBytes() <= 256 ? 4 : rowBytes() <= 512 ? 2 : 1;
    }

    KernelSpec decodeSpec() {
        return spec("attention_decode").with("WARPS", decodeWarps());
    }

    KernelSpec spec(String operation) {
        return KernelSpec.of(operation, operation).with("T", type).with("HEAD_DIM", headDim).with("GROUP", group).with("PAGE_SIZE", pageSize);
    }
}
