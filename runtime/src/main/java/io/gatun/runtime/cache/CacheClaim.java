package io.gatun.runtime.cache;

/** What one request holds of the KV cache: first pages of the prefix cache's, shared and locked, then pages of its own. */
public final class CacheClaim {
    private final PageList pages = new PageList();
    private final String extraKey;
    /** The last of the locked nodes; null for none. */
    private RadixNode node;

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

    RadixNode nodeOr(RadixNode root) {
        return node == null ? root : node;
    }

    void moveTo(RadixNode locked) {
        node = locked;
    }

    void clear() {
        pages.clear();
        node = null;
    }
}
