package io.gatun.runtime.cache;

import java.util.Arrays;

/** The pages of one request, in the order of its tokens. */
public final class PageList {
    private int[] pages = new int[8];
    private int size;

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

    void add(int page) {
        if (size == pages.length) {
            pages = Arrays.copyOf(pages, 2 * size);
        }
        pages[size++] = page;
    }

    int removeLast() {
        return pages[--size];
    }
}
