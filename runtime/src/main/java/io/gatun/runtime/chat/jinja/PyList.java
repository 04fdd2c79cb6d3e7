package io.gatun.runtime.chat.jinja;

import java.util.ArrayList;
import java.util.Collection;

/** A Python list. */
final class PyList extends ArrayList<Object> {
    private static final long serialVersionUID = 1L;

    PyList() {
    }

    PyList(Collection<?> items) {
        super(items);
    }
}
