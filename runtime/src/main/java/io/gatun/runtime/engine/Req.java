package io.gatun.runtime.engine;

import io.gatun.runtime.batch.Chunk;
import io.gatun.runtime.batch.TokenChunk;
import io.gatun.runtime.batch.TokenList;
import io.gatun.runtime.cache.PageList;
import io.gatun.runtime.multimodal.ExpandedPrompt;
import io.gatun.runtime.multimodal.MediaInputs;
import java.util.Optional;

/** A request on its way through the model. */
final class Req {
    private final int row;
    private final TokenList tokens;
    private final int promptLen;
    private final Optional<MediaInputs> media;
    private final PageList pages = new PageList();
    private int cachedLen;

    Req(int row, ExpandedPrompt prompt, int maxNewTokens) {
        this.row = row;
        tokens = new TokenList(prompt.ids(), maxNewTokens);
        promptLen = prompt.ids().length;
        media = prompt.media();
    }

    /** Where its pages stand in the page table. */
    int row() {
        return row;
    }

    PageList pages() {
        return pages;
    }

    int promptLen() {
        return promptLen;
    }

    /** Tokens of the prompt that are not in the cache yet. */
    int unprefilled() {
        return Math.max(0, promptLen - cachedLen);
    }

    int outputLen() {
        return tokens.size() - promptLen;
    }

    int[] outputIds() {
        return tokens.tail(promptLen);
    }

    void append(int id) {
        tokens.add(id);
    }

    /** As many tokens, or more or fewer where else a picture whose tokens see each other would be cut. */
    int uncut(int count) {
        return media.map(inputs -> inputs.uncut(cachedLen, cachedLen + count) - cachedLen).orElse(count);
    }

    /** The next {@code count} uncached tokens, for a step that puts them into the cache. */
    Chunk advance(int count) {
        var chunk = new TokenChunk(row, tokens, cachedLen, count, pages, media);
        cachedLen += count;
        return chunk;
    }
}
