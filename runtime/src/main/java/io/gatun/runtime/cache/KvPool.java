package io.gatun.runtime.cache;

import io.gatun.kernels.KvCache;
import io.gatun.memory.DType;
import io.gatun.memory.Device;
import io.gatun.memory.TensorArena;
import java.util.ArrayList;
import java.util.List;

/** Keys and values of all layers in pages of tokens (SGLang's TokenToKVPool). */
public final class KvPool implements AutoCloseable {
    private final TensorArena arena;
    private final List<KvCache> layers;
    private final int pages;
    private final int pageSize;

    /**
     * A pool.
     *
     * @param shape what a token takes
     * @param pages page 0 included, which padding writes to
     */
    public KvPool(Device device, KvShape shape, int pages, int pageSize) {
        this.pages = pages;
        this.pageSize = pageSize;
        this.arena = device.arena("kv cache", 0);
        var made = new ArrayList<KvCache>();
        try {
            for (int i = 0; i < shape.layers(); i++) {
                made.add(new KvCache(arena.allocate(shape.dtype(), pages, shape.kvHeads(), pageSize, shape.headDim()),
                        arena.allocate(shape.dtype(), pages, shape.kvHeads(), pageSize, shape.headDim())));
            }
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
        this.layers = List.copyOf(made);
    }

    /**
     * What the cache keeps of a token.
     *
     * @param layers how many layers keep keys and values
     */
    public record KvShape(int layers, int kvHeads, int headDim, DType dtype) {
        /** Bytes a token takes over all layers. */
        public long bytesPerToken() {
            return 2L * layers * kvHeads * headDim * dtype.bytes();
        }
    }

    /** The cache of one layer. */
    public KvCache layer(int layerId) {
        return layers.get(layerId);
    }

    public int pages() {
        return pages;
    }

    /** Tokens in a page. */
    public int pageSize() {
        return pageSize;
    }

    /** Where the token at {@code position} of a request with these pages lies. */
    public int slot(PageList list, int position) {
        return list.get(position / pageSize) * pageSize + position % pageSize;
    }

    /** The most tokens that requests can have in the cache together. */
    public long maxTotalTokens() {
        return (long) (pages - 1) * pageSize;
    }

    @Override
    public void close() {
        arena.close();
    }
}
