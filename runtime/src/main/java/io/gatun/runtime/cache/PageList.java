package io.gatun.runtime.cache;

import java.util.Arrays;

/** The pages of one request, in the order of its tokens. */
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

    /** How many of the pages, from the first on, the device's table holds already. */
    public int synced() {
        return synced;
    }

    /** Tells that the device's table holds all pages now. */
    public void markSynced() {
        synced = size;
    }

    void add(int page) {
        if (size == pages.length) {
            pages = Arrays.copyOf(pages, 2 * size);
        }
        pages[size++] = page;
    }

    int removeLast() {
        size--;
        synced = Math.min(synced, size);
        return pages[size];
    }
}
