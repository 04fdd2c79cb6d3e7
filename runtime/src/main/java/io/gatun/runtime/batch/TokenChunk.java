package io.gatun.runtime.batch;

import io.gatun.runtime.cache.PageList;
import io.gatun.runtime.multimodal.MediaInputs;
import java.util.Optional;

/**
 * New tokens of a request whose ids are all known.
 *
 * @param ids all the ids of the request
 */
public record TokenChunk(int row, TokenList ids, int prefixLen, int length, PageList pages, Optional<MediaInputs> media) implements Chunk {

    /** New tokens of a request without pictures. */
    public TokenChunk(int row, TokenList ids, int prefixLen, int length, PageList pages) {
        this(row, ids, prefixLen, length, pages, Optional.empty());
    }

    @Override
    public int id(int position) {
        return ids.get(position);
    }
}
