package io.gatun.runtime.cache;

import java.util.Arrays;

/** Hands out the pages of a KV pool. Page 0 is kept back, for padding to write to. Not thread-safe. */
public final class PageAllocator {
    private final int pageSize;
    private final int[] free;
    private int available;

    /** All pages of a pool but the first. */
    public PageAllocator(int pages, int pageSize) {
        this.pageSize = pageSize;
        this.free = new int[pages - 1];
        for (int i = 0; i < free.length; i++) {
            free[i] = pages - 1 - i;
        }
        this.available = free.length;
    }

    /** Tokens in a page. */
    public int pageSize() {
        return pageSize;
    }

    /** Tokens that fit into all pages that can be handed out. */
    public long totalTokens() {
        return (long) free.length * pageSize;
    }

    /** Tokens that fit into the pages not handed out. */
    public long availableTokens() {
        return (long) available * pageSize;
    }

    /** Pages not handed out. */
    public int availablePages() {
        return available;
    }

    /** Pages that {@code tokens} tokens take. */
    public int pagesFor(int tokens) {
        return (tokens + pageSize - 1) / pageSize;
    }

    /**
     * Gives {@code list} the pages it lacks for {@code tokens} tokens.
     *
     * @return false, with nothing changed, if there are not enough
     */
    public boolean grow(PageList list, int tokens) {
        int missing = pagesFor(tokens) - list.size();
        if (missing > available) {
            return false;
        }
        for (int i = 0; i < missing; i++) {
            list.add(free[--available]);
        }
        return true;
    }

    /** Takes all pages back. */
    public void release(PageList list) {
        release(list, 0);
    }

    /** Takes the pages from {@code first} on back. */
    void release(PageList list, int first) {
        while (list.size() > first) {
            release(list.removeLast());
        }
    }

    /** Takes the pages from {@code from} to before {@code to} back; the list still names them. */
    void release(PageList list, int from, int to) {
        for (int i = from; i < to; i++) {
            release(list.get(i));
        }
    }

    void release(int page) {
        free[available++] = page;
    }

    /** The pages not handed out. */
    int[] free() {
        return Arrays.copyOf(free, available);
    }
}
