package io.gatun.runtime.batch;

import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.Kernels;
import io.gatun.runtime.cache.KvPool;
import io.gatun.runtime.cache.ReqToTokenPool;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Lays out the integers of a step, sends them to the device in one copy, and brings the page table up to date. What is sent stays where it is until the
 * next step is sent, which the host may do while the device still computes this one.
 */
public final class BatchBuilder implements AutoCloseable {
    private final Kernels kernels;
    private final KvPool kvPool;
    private final ReqToTokenPool reqToToken;
    private final StepBlock usual;
    private final StepLayout[] decodeLayouts;
    private Optional<StepBlock> larger = Optional.empty();
    private int newPages;

    /**
     * A builder with room for {@code maxTokens} tokens of {@code maxRequests} requests. For more it allocates once more; what fits keeps its addresses.
     */
    public BatchBuilder(Kernels kernels, KvPool kvPool, ReqToTokenPool reqToToken, int maxTokens, int maxRequests) {
        this.kernels = kernels;
        this.kvPool = kvPool;
        this.reqToToken = reqToToken;
        this.decodeLayouts = IntStream.rangeClosed(0, maxRequests).mapToObj(b -> new StepLayout(b, b)).toArray(StepLayout[]::new);
        this.usual = new StepBlock(kernels.device(), maxTokens / kvPool.pageSize() + maxRequests, new StepLayout(Math.max(maxTokens, maxRequests), maxRequests).end());
    }

    /**
     * Sends a step.
     *
     * @param chunks at least one, each of another request; in a decode step each has one token
     */
    public ForwardBatch build(ForwardMode mode, List<? extends Chunk> chunks) {
        int tokens = 0;
        int unsynced = 0;
        int maxQoLen = 0;
        int maxKvLen = 0;
        for (int b = 0; b < chunks.size(); b++) {
            var chunk = chunks.get(b);
            if (mode == ForwardMode.DECODE) {
                requireOneToken(chunk);
            }
            tokens += chunk.length();
            unsynced += chunk.pages().size() - chunk.pages().synced();
            maxQoLen = Math.max(maxQoLen, chunk.length());
            maxKvLen = Math.max(maxKvLen, chunk.prefixLen() + chunk.length());
        }
        var layout = new StepLayout(tokens, chunks.size());
        var block = blockFor(unsynced, layout);
        send(block, layout, chunks);
        return batch(mode, block, layout, maxQoLen, maxKvLen);
    }

    /**
     * The inputs of a decode step of {@code size} requests, at the addresses where {@link #sendDecode} puts them.
     *
     * @param maxKvLen a bound of the requests' lengths
     */
    public ForwardBatch decodeInputs(int size, int maxKvLen) {
        return batch(ForwardMode.DECODE, usual, decodeLayouts[size], 1, maxKvLen);
    }

    /**
     * Sends a decode step to {@link #decodeInputs}, filled up to {@code size} requests with tokens that nobody reads: position 0 of row 0, written to slot
     * 0. Allocates nothing.
     *
     * @param chunks at most {@code size}, each of another request and with one token
     * @return false, with nothing sent, if there are more new pages than a step usually brings; {@link #build} takes them
     */
    public boolean sendDecode(List<? extends Chunk> chunks, int size) {
        int unsynced = 0;
        for (int b = 0; b < chunks.size(); b++) {
            var chunk = chunks.get(b);
            requireOneToken(chunk);
            unsynced += chunk.pages().size() - chunk.pages().synced();
        }
        var layout = decodeLayouts[size];
        if (!usual.holds(unsynced, layout.end())) {
            return false;
        }
        send(usual, layout, chunks);
        return true;
    }

    @Override
    public void close() {
        larger.ifPresent(StepBlock::close);
        usual.close();
    }

    private static void requireOneToken(Chunk chunk) {
        if (chunk.length() != 1) {
            throw new IllegalArgumentException("the request in row " + chunk.row() + " brings " + chunk.length() + " tokens to a decode step; it must bring 1");
        }
    }

    private StepBlock blockFor(int unsynced, StepLayout layout) {
        if (usual.holds(unsynced, layout.end())) {
            return usual;
        }
        if (larger.isEmpty() || !larger.get().holds(unsynced, layout.end())) {
            larger.ifPresent(StepBlock::close);
            larger = Optional.empty();
            larger = Optional.of(new StepBlock(kernels.device(), roundUp(unsynced), roundUp(layout.end())));
        }
        return larger.get();
    }

    /** To a power of two, so that a little more does not take another block. */
    private static int roundUp(int count) {
        return Integer.highestOneBit(Math.max(1, count - 1)) * 2;
    }

    private void send(StepBlock block, StepLayout layout, List<? extends Chunk> chunks) {
        block.begin();
        newPages = 0;
        int token = 0;
        for (int b = 0; b < chunks.size(); b++) {
            var chunk = chunks.get(b);
            int end = chunk.prefixLen() + chunk.length();
            block.set(layout.indptr() + b, token);
            for (int position = chunk.prefixLen(); position < end; position++, token++) {
                int id = chunk.id(position);
                block.set(layout.ids() + token, id < 0 ? -1 - chunk.row() : id);
                block.set(layout.positions() + token, position);
                block.set(layout.slots() + token, kvPool.slot(chunk.pages(), position));
            }
            block.set(layout.kvLens() + b, end);
            block.set(layout.rows() + b, chunk.row());
            block.set(layout.lastRows() + b, token - 1);
            addNewPages(block, chunk);
        }
        for (int b = chunks.size(); b < layout.size(); b++, token++) {
            block.set(layout.indptr() + b, token);
            block.set(layout.ids() + token, 0);
            block.set(layout.positions() + token, 0);
            block.set(layout.slots() + token, 0);
            block.set(layout.kvLens() + b, 1);
            block.set(layout.rows() + b, 0);
            block.set(layout.lastRows() + b, token);
        }
        block.set(layout.indptr() + layout.size(), token);
        block.send(layout.end());
        if (newPages > 0) {
            kernels.step().scatter(block.newPages(), block.newPageElements(), newPages, reqToToken.table());
            for (int b = 0; b < chunks.size(); b++) {
                chunks.get(b).pages().markSynced();
            }
        }
    }

    private void addNewPages(StepBlock block, Chunk chunk) {
        var pages = chunk.pages();
        for (int i = pages.synced(); i < pages.size(); i++) {
            block.setNewPage(newPages++, reqToToken.element(chunk.row(), i), pages.get(i));
        }
    }

    private ForwardBatch batch(ForwardMode mode, StepBlock block, StepLayout layout, int maxQoLen, int maxKvLen) {
        int tokens = layout.tokens();
        int size = layout.size();
        var attention = new AttentionBatch(size, block.part(layout.indptr(), size + 1), block.part(layout.kvLens(), size),
                block.part(layout.rows(), size), reqToToken.table(), maxQoLen, maxKvLen);
        return new ForwardBatch(mode, size, block.part(layout.ids(), tokens), block.part(layout.positions(), tokens),
                block.part(layout.slots(), tokens), block.part(layout.lastRows(), size), attention, kvPool);
    }
}
