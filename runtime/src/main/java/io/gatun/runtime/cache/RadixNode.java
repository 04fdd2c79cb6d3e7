package io.gatun.runtime.cache;

import io.gatun.runtime.batch.TokenList;
import java.util.Arrays;

/** A run of cached pages that all requests beyond it share. Its first page of tokens tells it from its siblings. */
final class RadixNode {
    final int id;
    final String extraKey;
    RadixNode parent;
    /** The tokens of the pages; what lies beyond the last page is stale. */
    int[] tokens;
    int[] pages;
    int pageCount;
    /** Tokens from the root to the end of this node. */
    int depth;
    int children;
    /** Claims that end in this node or below it. */
    int lockRef;
    long lastAccess;
    /** The node's place in the {@link EvictionQueue}; -1 outside of it. */
    int queueIndex = -1;
    /** The {@link NodeTable}'s hash and chain. */
    int hash;
    RadixNode chained;

    RadixNode(int id, String extraKey, RadixNode parent, int[] tokens, int[] pages, int depth) {
        this.id = id;
        this.extraKey = extraKey;
        this.parent = parent;
        this.tokens = tokens;
        this.pages = pages;
        this.pageCount = pages.length;
        this.depth = depth;
    }

    boolean isUnlockedLeaf() {
        return lockRef == 0 && children == 0;
    }

    /** How many pages from the node's first on hold the tokens {@code from} to before {@code to}. */
    int commonPages(TokenList list, int from, int to, int pageSize) {
        return list.commonPrefix(from, tokens, Math.min(to - from, pageCount * pageSize)) / pageSize;
    }

    /** Drops the first {@code count} pages, which another node has now. */
    void dropFirst(int count, int pageSize) {
        tokens = Arrays.copyOfRange(tokens, count * pageSize, pageCount * pageSize);
        pages = Arrays.copyOfRange(pages, count, pageCount);
        pageCount -= count;
    }

    /** Drops and returns the last page. */
    int dropLast(int pageSize) {
        int page = pages[--pageCount];
        depth -= pageSize;
        if (pageCount < pages.length / 2) {
            dropFirst(0, pageSize);
        }
        return page;
    }
}
