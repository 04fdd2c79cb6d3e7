package io.gatun.runtime.cache;

import io.gatun.kernels.KvCache;
import io.gatun.memory.DType;
import io.gatun.memory.Device;
import io.gatun.memory.TensorArena;
import java.util.ArrayList;
import java.util.Collections;
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
            for (var layer : shape.perLayer()) {
                made.add(new KvCache(arena.allocate(shape.dtype(), pages, layer.kvHeads(), pageSize, layer.keyDim()),
                        arena.allocate(shape.dtype(), pages, layer.kvHeads(), pageSize, layer.valueDim())));
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
     * @param perLayer what each layer that keeps anything does, in the order of {@link #layer(int)}
     */
    public record KvShape(List<LayerShape> perLayer, DType dtype) {
        public KvShape {
            perLayer = List.copyOf(perLayer);
        }

        /** Layers that are all alike, with values as large as keys. */
        public KvShape(int layers, int kvHeads, int headDim, DType dtype) {
            this(Collections.nCopies(layers, new LayerShape(kvHeads, headDim, headDim)), dtype);
        }

        /** How many layers keep something. */
        public int layers() {
            return perLayer.size();
        }

        /** Bytes a token takes over all layers. */
        public long bytesPerToken() {
            return perLayer.stream().mapToLong(layer -> (long) layer.kvHeads() * (layer.keyDim() + layer.valueDim())).sum() * dtype.bytes();
        }
    }

    /**
     * What one layer keeps of a token.
     *
     * @param keyDim elements of a key of one head
     * @param valueDim elements of a value of one head; 0 where values are part of the keys, as with latent attention
     */
    public record LayerShape(int kvHeads, int keyDim, int valueDim) {
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
