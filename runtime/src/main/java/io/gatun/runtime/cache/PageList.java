package io.gatun.runtime.cache;

import java.util.Arrays;

/** The pages of one request, in the order of its tokens. It knows how much of it a mirror, such as a page table on the device, has right. */
public final class PageList {
    private int[] pages = new int[8];
    private int size;
    private int synced;

    /** A list that names one page {@code times} times. */
    public static PageList repeating(int page, int times) {
        var list = new PageList();
        for (int i = 0; i < times; i++) {
            list.add(page);
        }
        return list;
    }

    public int size() {
        return size;
    }

    public int get(int index) {
        if (index >= size) {
            throw new IndexOutOfBoundsException("page " + index + " of " + size);
        }
        return pages[index];
    }

    /** How many pages from the first on are as they were at the last {@link #markSynced}. */
    public int synced() {
        return synced;
    }

    /** The mirror has all pages now. */
    public void markSynced() {
        synced = size;
    }

    void add(int page) {
        if (size == pages.length) {
            pages = Arrays.copyOf(pages, 2 * size);
        }
        pages[size++] = page;
    }

    /** Adds pages that are still to be {@link #set}, up to {@code newSize} of them all. */
    void extendTo(int newSize) {
        if (newSize > pages.length) {
            pages = Arrays.copyOf(pages, Math.max(newSize, 2 * size));
        }
        size = newSize;
    }

    void set(int index, int page) {
        if (pages[index] != page) {
            pages[index] = page;
            synced = Math.min(synced, index);
        }
    }

    int removeLast() {
        int page = pages[--size];
        synced = Math.min(synced, size);
        return page;
    }

    void clear() {
        size = 0;
        synced = 0;
    }

    /** A copy of the pages {@code from} to before {@code to}. */
    int[] range(int from, int to) {
        return Arrays.copyOfRange(pages, from, to);
    }
}
