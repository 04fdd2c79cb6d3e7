package io.gatun.runtime.batch;

import io.gatun.runtime.cache.PageList;

/**
 * The new tokens of one request in a step.
 *
 * @param ids all the ids of the request
 * @param prefixLen how many of its tokens are in the cache already: the new ones begin there
 * @param length how many are new
 * @param pages the request's pages, enough for all these tokens
 */
public record Chunk(TokenList ids, int prefixLen, int length, PageList pages) {

    int id(int i) {
        return ids.get(prefixLen + i);
    }
}
