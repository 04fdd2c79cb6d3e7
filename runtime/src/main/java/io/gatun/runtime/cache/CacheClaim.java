package io.gatun.runtime.cache;

/**
 * What one request holds of the KV cache: first pages of the prefix cache's, shared and locked, then pages of its own. Where every layer has a window,
 * those that it has passed were given back; they are still in the list, and nobody looks at them.
 */
public final class CacheClaim {
    private final PageList pages = new PageList();
    private final String extraKey;
    /** The last of the locked nodes; null for none. */
    private RadixNode node;
    private int passedPages;

    /** An empty claim that shares prefixes with those of the same key only: an adapter's, say. */
    public CacheClaim(String extraKey) {
        this.extraKey = extraKey;
    }

    /** An empty claim. */
    public CacheClaim() {
        this("");
    }

    /** All pages, in the order of the request's tokens. */
    public PageList pages() {
        return pages;
    }

    public String extraKey() {
        return extraKey;
    }

    /** How many tokens, from the first on, lie in the prefix cache's pages. */
    public int protectedLen() {
        return node == null ? 0 : node.depth;
    }

    /** How many pages, from the first on, were given back since no layer sees them any more. */
    int passedPages() {
        return passedPages;
    }

    /** The index of the first page of its own. */
    int firstOwn(int pageSize) {
        return Math.max(passedPages, protectedLen() / pageSize);
    }

    /** The first {@code count} pages were given back. */
    void passed(int count) {
        passedPages = count;
    }

    /** What it shared was given back as passed. */
    void passedShared(int pageSize) {
        passedPages = protectedLen() / pageSize;
        node = null;
    }

    RadixNode nodeOr(RadixNode root) {
        return node == null ? root : node;
    }

    void moveTo(RadixNode locked) {
        node = locked;
    }

    void clear() {
        pages.clear();
        node = null;
        passedPages = 0;
    }
}
