package io.gatun.runtime.chat.jinja;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;

/** A Python tuple. */
sealed class PyTuple extends AbstractList<Object> {
    private final Object[] items;

    PyTuple(List<?> items) {
        this.items = items.toArray();
    }

    /** What groupby gives: a key and the items that have it. */
    static final class Group extends PyTuple {
        Group(Object grouper, PyList items) {
            super(Arrays.asList(grouper, items));
        }
    }

    static PyTuple of(Object... items) {
        return new PyTuple(Arrays.asList(items));
    }

    @Override
    public Object get(int index) {
        return items[index];
    }

    @Override
    public int size() {
        return items.length;
    }
}
