package io.gatun.runtime.batch;

import io.gatun.runtime.cache.PageList;

/**
 * New tokens of a request whose ids are all known.
 *
 * @param ids all the ids of the request
 */
public record TokenChunk(int row, TokenList ids, int prefixLen, int length, PageList pages) implements Chunk {

    @Override
    public int id(int position) {
        return ids.get(position);
    }
}
