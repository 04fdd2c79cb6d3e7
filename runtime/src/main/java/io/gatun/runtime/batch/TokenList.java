package io.gatun.runtime.batch;

import java.util.Arrays;

/** A growing list of token ids. */
public final class TokenList {
    private int[] ids;
    private int size;

    /** A list that begins with {@code first}, with room for {@code more} after them. */
    public TokenList(int[] first, int more) {
        ids = Arrays.copyOf(first, first.length + more);
        size = first.length;
    }

    public int size() {
        return size;
    }

    public int get(int index) {
        if (index >= size) {
            throw new IndexOutOfBoundsException("token " + index + " of " + size);
        }
        return ids[index];
    }

    public void add(int id) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, Math.max(16, 2 * size));
        }
        ids[size++] = id;
    }

    /** Whether this list and {@code other} both have {@code count} ids and begin with the same ones. */
    public boolean sharesPrefix(TokenList other, int count) {
        return size >= count && other.size >= count && Arrays.equals(ids, 0, count, other.ids, 0, count);
    }

    /** A copy of the ids from {@code from} on. */
    public int[] tail(int from) {
        return Arrays.copyOfRange(ids, from, size);
    }
}
