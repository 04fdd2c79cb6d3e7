package io.gatun.runtime.batch;

import io.gatun.kernels.AttentionBatch;
import io.gatun.memory.CudaDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Device;
import io.gatun.memory.PinnedBuffer;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;
import io.gatun.runtime.cache.KvPool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/**
 * Lays out the integers of a step in one block on the host, and sends it to the device in one copy. The block is reused: a batch is good until the next
 * one is built, and the device must have done with it by then.
 */
public final class BatchBuilder implements AutoCloseable {
    /** 256 bytes, so that each part of the block is aligned like a tensor of its own. */
    private static final int ALIGNMENT = 64;

    private final KvPool kvPool;
    private final Device device;
    private final TensorArena arena;
    private final Arena hostMemory = Arena.ofShared();
    private final int capacity;
    private final Tensor block;
    private final Optional<PinnedBuffer> pinned;
    private final MemorySegment host;
    private int used;

    /**
     * A builder of batches of up to {@code maxTokens} tokens of up to {@code maxRequests} requests with up to {@code maxPages} pages in all.
     */
    public BatchBuilder(Device device, KvPool kvPool, int maxTokens, int maxRequests, int maxPages) {
        this.device = device;
        this.kvPool = kvPool;
        this.capacity = 3 * (maxTokens + ALIGNMENT) + 3 * (maxRequests + 1 + ALIGNMENT) + maxPages + ALIGNMENT;
        this.arena = device.arena("batch", 0);
        this.block = arena.allocate(DType.I32, capacity);
        long bytes = (long) capacity * Integer.BYTES;
        this.pinned = device instanceof CudaDevice ? Optional.of(PinnedBuffer.allocate(bytes)) : Optional.empty();
        this.host = pinned.map(PinnedBuffer::segment).orElseGet(() -> hostMemory.allocate(bytes, 256));
    }

    /**
     * A prefill step.
     *
     * @param chunks at least one, each with at least one token
     */
    public ForwardBatch extend(List<Chunk> chunks) {
        return build(ForwardMode.EXTEND, chunks);
    }

    /** A decode step: each chunk has one token. */
    public ForwardBatch decode(List<Chunk> chunks) {
        return build(ForwardMode.DECODE, chunks);
    }

    @Override
    public void close() {
        pinned.ifPresent(PinnedBuffer::close);
        hostMemory.close();
        arena.close();
    }

    private ForwardBatch build(ForwardMode mode, List<Chunk> chunks) {
        int size = chunks.size();
        int tokens = chunks.stream().mapToInt(Chunk::length).sum();
        int pagesPerRow = chunks.stream().mapToInt(c -> c.pages().size()).max().orElseThrow();
        used = 0;
        int ids = reserve(tokens);
        int positions = reserve(tokens);
        int slots = reserve(tokens);
        int indptr = reserve(size + 1);
        int kvLens = reserve(size);
        int lastRows = reserve(size);
        int pageTable = reserve(size * pagesPerRow);
        int row = 0;
        int maxQoLen = 0;
        int maxKvLen = 0;
        for (int b = 0; b < size; b++) {
            var chunk = chunks.get(b);
            set(indptr + b, row);
            for (int i = 0; i < chunk.length(); i++, row++) {
                int position = chunk.prefixLen() + i;
                set(ids + row, chunk.id(i));
                set(positions + row, position);
                set(slots + row, kvPool.slot(chunk.pages(), position));
            }
            int kvLen = chunk.prefixLen() + chunk.length();
            set(kvLens + b, kvLen);
            set(lastRows + b, row - 1);
            for (int p = 0; p < chunk.pages().size(); p++) {
                set(pageTable + b * pagesPerRow + p, chunk.pages().get(p));
            }
            maxQoLen = Math.max(maxQoLen, chunk.length());
            maxKvLen = Math.max(maxKvLen, kvLen);
        }
        set(indptr + size, row);
        send();
        var attention = new AttentionBatch(size, part(indptr, size + 1), part(kvLens, size), part(pageTable, (long) size * pagesPerRow).view(size, pagesPerRow),
                maxQoLen, maxKvLen);
        return new ForwardBatch(mode, size, part(ids, tokens), part(positions, tokens), part(slots, tokens), part(lastRows, size), attention, kvPool);
    }

    private int reserve(int count) {
        int at = used;
        used += (count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (used > capacity) {
            throw new IllegalArgumentException("a batch of more than " + capacity + " integers does not fit this builder");
        }
        return at;
    }

    private void set(int at, int value) {
        host.setAtIndex(ValueLayout.JAVA_INT, at, value);
    }

    private void send() {
        if (device instanceof CudaDevice cuda) {
            cuda.copyInAsync(pinned.orElseThrow(), (long) used * Integer.BYTES, block);
        } else {
            device.copyIn(host, block);
        }
    }

    private Tensor part(int from, long count) {
        return block.narrowRows(from, count);
    }
}
