package io.gatun.runtime.batch;

import java.util.Arrays;
import java.util.Objects;

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

    /** Makes room for {@code more} ids, which are then added without a copy. */
    public void reserve(int more) {
        if (ids.length - size < more) {
            ids = Arrays.copyOf(ids, size + more);
        }
    }

    /** Whether this list and {@code other} both have {@code count} ids and begin with the same ones. */
    public boolean sharesPrefix(TokenList other, int count) {
        return size >= count && other.size >= count && Arrays.equals(ids, 0, count, other.ids, 0, count);
    }

    /** A copy of the ids from {@code from} on. */
    public int[] tail(int from) {
        return range(from, size);
    }

    /** A copy of the ids {@code from} to before {@code to}. */
    public int[] range(int from, int to) {
        Objects.checkFromToIndex(from, to, size);
        return Arrays.copyOfRange(ids, from, to);
    }

    /** How many of the {@code count} ids from {@code from} on are those that {@code others} begins with, up to the first that is not. */
    public int commonPrefix(int from, int[] others, int count) {
        Objects.checkFromIndexSize(from, count, size);
        int mismatch = Arrays.mismatch(ids, from, from + count, others, 0, count);
        return mismatch < 0 ? count : mismatch;
    }

    /** A hash of the {@code count} ids from {@code from} on. */
    public int hash(int from, int count) {
        Objects.checkFromIndexSize(from, count, size);
        return hash(ids, from, count);
    }

    /** The hash that a list has of the same ids. */
    public static int hash(int[] ids, int from, int count) {
        int hash = 1;
        for (int i = from; i < from + count; i++) {
            hash = 31 * hash + ids[i];
        }
        return hash;
    }
}
