package io.gatun.runtime.engine;

import io.gatun.runtime.batch.Chunk;
import io.gatun.runtime.batch.TokenChunk;
import io.gatun.runtime.batch.TokenList;
import io.gatun.runtime.cache.PageList;

/** A request on its way through the model. */
final class Req {
    private final int row;
    private final TokenList tokens;
    private final int promptLen;
    private final PageList pages = new PageList();
    private int cachedLen;

    Req(int row, int[] prompt, int maxNewTokens) {
        this.row = row;
        tokens = new TokenList(prompt, maxNewTokens);
        promptLen = prompt.length;
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

    /** The next {@code count} uncached tokens, for a step that puts them into the cache. */
    Chunk advance(int count) {
        var chunk = new TokenChunk(row, tokens, cachedLen, count, pages);
        cachedLen += count;
        return chunk;
    }
}
