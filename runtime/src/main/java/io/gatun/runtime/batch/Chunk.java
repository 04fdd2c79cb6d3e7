package io.gatun.runtime.batch;

import io.gatun.runtime.cache.PageList;
import io.gatun.runtime.multimodal.MediaInputs;
import java.util.Optional;

/** The new tokens of one request in a step: those at positions {@code prefixLen} to {@code prefixLen + length}. A request can be its own chunk. */
public interface Chunk {

    /** The request's row in the page table and among the last tokens, from 1 on. */
    int row();

    /** How many of the request's tokens are in the cache already: the new ones begin there. */
    int prefixLen();

    /** How many tokens are new, at least 1. */
    int length();

    /** The id of the token at {@code position}, or a negative number if the device has sampled it last for this row and the host does not know it yet. */
    int id(int position);

    /** The request's pictures, if it has any. */
    default Optional<MediaInputs> media() {
        return Optional.empty();
    }

    /** The request's pages, enough for all its tokens, the new ones included. */
    PageList pages();
}
