package io.gatun.runtime.chat.jinja;

import java.util.LinkedHashMap;

/** A Python dict. */
final class PyDict extends LinkedHashMap<Object, Object> {
    private static final long serialVersionUID = 1L;
}
