package io.gatun.runtime.batch;

import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.Kernels;
import io.gatun.runtime.cache.KvPool;
import io.gatun.runtime.cache.ReqToTokenPool;
import io.gatun.runtime.multimodal.MediaCache;
import io.gatun.runtime.multimodal.MediaInputs;
import io.gatun.runtime.multimodal.MediaRows;
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
    private final int axes;
    private final Optional<MediaCache> media;
    private Optional<StepBlock> larger = Optional.empty();
    private int newPages;

    /** A builder for a model of text whose tokens have one position each. */
    public BatchBuilder(Kernels kernels, KvPool kvPool, ReqToTokenPool reqToToken, int maxTokens, int maxRequests) {
        this(kernels, kvPool, reqToToken, maxTokens, maxRequests, 1, Optional.empty());
    }

    /**
     * A builder with room for {@code maxTokens} tokens of {@code maxRequests} requests. For more it allocates once more; what fits keeps its addresses.
     *
     * @param axes positions of a token: 1, or 3 for a model that rotates by time, height and width
     * @param media where the embeddings of the requests' pictures are, when a step with them is built
     */
    public BatchBuilder(Kernels kernels, KvPool kvPool, ReqToTokenPool reqToToken, int maxTokens, int maxRequests, int axes, Optional<MediaCache> media) {
        this.kernels = kernels;
        this.kvPool = kvPool;
        this.reqToToken = reqToToken;
        this.axes = axes;
        this.media = media;
        this.decodeLayouts = IntStream.rangeClosed(0, maxRequests).mapToObj(b -> new StepLayout(b, b, axes, false)).toArray(StepLayout[]::new);
        this.usual = new StepBlock(kernels.device(), maxTokens / kvPool.pageSize() + maxRequests,
                new StepLayout(Math.max(maxTokens, maxRequests), maxRequests, axes, media.isPresent()).end());
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
        boolean touchesMedia = false;
        for (int b = 0; b < chunks.size(); b++) {
            var chunk = chunks.get(b);
            if (mode == ForwardMode.DECODE) {
                requireOneToken(chunk);
            }
            tokens += chunk.length();
            unsynced += chunk.pages().size() - chunk.pages().synced();
            maxQoLen = Math.max(maxQoLen, chunk.length());
            maxKvLen = Math.max(maxKvLen, chunk.prefixLen() + chunk.length());
            touchesMedia |= chunk.media().isPresent() && chunk.media().get().touches(chunk.prefixLen(), chunk.prefixLen() + chunk.length());
        }
        var layout = new StepLayout(tokens, chunks.size(), axes, touchesMedia);
        var block = blockFor(unsynced, layout);
        send(block, layout, chunks);
        boolean blocks = touchesMedia && chunks.stream().anyMatch(chunk -> chunk.media().isPresent() && chunk.media().get().attendsBothWays());
        return batch(mode, block, layout, maxQoLen, maxKvLen, blocks);
    }

    /**
     * The inputs of a decode step of {@code size} requests, at the addresses where {@link #sendDecode} puts them.
     *
     * @param maxKvLen a bound of the requests' lengths
     */
    public ForwardBatch decodeInputs(int size, int maxKvLen) {
        return batch(ForwardMode.DECODE, usual, decodeLayouts[size], 1, maxKvLen, false);
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
                setPositions(block, layout, token, chunk, position);
                block.set(layout.slots() + token, kvPool.slot(chunk.pages(), position));
            }
            if (layout.media()) {
                setMedia(block, layout, token - chunk.length(), chunk);
            }
            block.set(layout.kvLens() + b, end);
            block.set(layout.rows() + b, chunk.row());
            block.set(layout.lastRows() + b, token - 1);
            addNewPages(block, chunk);
        }
        for (int b = chunks.size(); b < layout.size(); b++, token++) {
            block.set(layout.indptr() + b, token);
            block.set(layout.ids() + token, 0);
            for (int axis = 0; axis < axes; axis++) {
                block.set(layout.positions() + axis * layout.tokens() + token, 0);
            }
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

    private void setPositions(StepBlock block, StepLayout layout, int token, Chunk chunk, int place) {
        for (int axis = 0; axis < axes; axis++) {
            block.set(layout.positions() + axis * layout.tokens() + token, chunk.media().isPresent() ? chunk.media().get().position(axis, place) : place);
        }
    }

    /** Rows of the media table, and where pictures end whose tokens see each other, for the chunk whose first token is {@code first}. */
    private void setMedia(StepBlock block, StepLayout layout, int first, Chunk chunk) {
        int from = chunk.prefixLen();
        for (int i = 0; i < chunk.length(); i++) {
            block.set(layout.mediaRows() + first + i, -1);
            block.set(layout.blockEnds() + first + i, from + i + 1);
        }
        if (chunk.media().isEmpty()) {
            return;
        }
        var inputs = chunk.media().get();
        for (var item : inputs.items()) {
            if (MediaInputs.overlaps(item, from, from + chunk.length())) {
                int[] rows = media.orElseThrow().rows(item.key());
                var span = item.span();
                for (int place = Math.max(from, span.start()); place < Math.min(from + chunk.length(), span.end()); place++) {
                    int token = first + place - from;
                    block.set(layout.mediaRows() + token, rows[place - span.start()]);
                    if (inputs.attendsBothWays()) {
                        block.set(layout.blockEnds() + token, span.end());
                    }
                }
            }
        }
    }

    private void addNewPages(StepBlock block, Chunk chunk) {
        var pages = chunk.pages();
        for (int i = pages.synced(); i < pages.size(); i++) {
            block.setNewPage(newPages++, reqToToken.element(chunk.row(), i), pages.get(i));
        }
    }

    private ForwardBatch batch(ForwardMode mode, StepBlock block, StepLayout layout, int maxQoLen, int maxKvLen, boolean blocks) {
        int tokens = layout.tokens();
        int size = layout.size();
        var attention = new AttentionBatch(size, block.part(layout.indptr(), size + 1), block.part(layout.kvLens(), size),
                block.part(layout.rows(), size), reqToToken.table(), maxQoLen, maxKvLen);
        var positions = block.part(layout.positions(), axes * tokens);
        return new ForwardBatch(mode, size, block.part(layout.ids(), tokens), axes == 1 ? positions : positions.view(axes, tokens),
                block.part(layout.slots(), tokens), block.part(layout.lastRows(), size),
                blocks ? attention.withBlockEnds(block.part(layout.blockEnds(), tokens)) : attention, kvPool,
                layout.media() ? Optional.of(new MediaRows(media.orElseThrow().table(), block.part(layout.mediaRows(), tokens))) : Optional.empty());
    }
}
