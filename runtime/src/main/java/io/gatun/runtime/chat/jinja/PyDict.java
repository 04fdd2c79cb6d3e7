package io.gatun.runtime.chat.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** A Python dict: 1, 1.0 and True are the same key. */
final class PyDict extends LinkedHashMap<Object, Object> {
    private static final long serialVersionUID = 1L;

    @Override
    public Object get(Object key) {
        return super.get(stored(key));
    }

    @Override
    public boolean containsKey(Object key) {
        return super.containsKey(stored(key));
    }

    @Override
    public Object put(Object key, Object value) {
        return super.put(stored(key), value);
    }

    @Override
    public void putAll(Map<?, ?> other) {
        other.forEach(this::put);
    }

    /** The equal key that is there already, or this one. */
    private Object stored(Object key) {
        if (!PyType.isNumber(key) || super.containsKey(key)) {
            return key;
        }
        double value = PyType.asDouble(key);
        for (Object other : new Object[] {(long) value, value, value == 1}) {
            if (PyOperators.equal(other, key) && super.containsKey(other)) {
                return other;
            }
        }
        return key;
    }
}
