package io.gatun.runtime.batch;

import io.gatun.kernels.AttentionBatch;
import io.gatun.memory.Device;
import io.gatun.runtime.cache.KvPool;
import java.util.List;

/**
 * Lays out the integers of a step in one block on the host, and sends it to the device in one copy. The block is reused: a batch is good until the next
 * one is built, and the device must have done with it by then.
 */
public final class BatchBuilder implements AutoCloseable {
    /** 256 bytes, so that each part of the block is aligned like a tensor of its own. */
    private static final int ALIGNMENT = 64;

    private final KvPool kvPool;
    private final Device device;
    private StepBlock block;
    private int used;

    /**
     * A builder with room for {@code maxTokens} tokens of {@code maxRequests} requests with {@code maxPages} pages in all. For more, as for requests of
     * very different lengths, whose page table is as wide as the longest needs, it allocates anew.
     */
    public BatchBuilder(Device device, KvPool kvPool, int maxTokens, int maxRequests, int maxPages) {
        this.device = device;
        this.kvPool = kvPool;
        this.block = new StepBlock(device, 3 * aligned(maxTokens) + 3 * aligned(maxRequests + 1) + aligned(maxPages));
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
        block.close();
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
        int pageTable = reserve(Math.multiplyExact(size, pagesPerRow));
        growToUsed();
        int row = 0;
        int maxQoLen = 0;
        int maxKvLen = 0;
        for (int b = 0; b < size; b++) {
            var chunk = chunks.get(b);
            block.set(indptr + b, row);
            for (int i = 0; i < chunk.length(); i++, row++) {
                int position = chunk.prefixLen() + i;
                block.set(ids + row, chunk.id(i));
                block.set(positions + row, position);
                block.set(slots + row, kvPool.slot(chunk.pages(), position));
            }
            int kvLen = chunk.prefixLen() + chunk.length();
            block.set(kvLens + b, kvLen);
            block.set(lastRows + b, row - 1);
            for (int p = 0; p < chunk.pages().size(); p++) {
                block.set(pageTable + b * pagesPerRow + p, chunk.pages().get(p));
            }
            maxQoLen = Math.max(maxQoLen, chunk.length());
            maxKvLen = Math.max(maxKvLen, kvLen);
        }
        block.set(indptr + size, row);
        block.send(used);
        var attention = new AttentionBatch(size, block.part(indptr, size + 1), block.part(kvLens, size),
                block.part(pageTable, (long) size * pagesPerRow).view(size, pagesPerRow), maxQoLen, maxKvLen);
        return new ForwardBatch(mode, size, block.part(ids, tokens), block.part(positions, tokens), block.part(slots, tokens), block.part(lastRows, size),
                attention, kvPool);
    }

    private int reserve(int count) {
        int at = used;
        used = Math.addExact(used, aligned(count));
        return at;
    }

    private void growToUsed() {
        if (used > block.capacity()) {
            var larger = new StepBlock(device, used);
            block.close();
            block = larger;
        }
    }

    private static int aligned(int count) {
        return Math.addExact(count, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
