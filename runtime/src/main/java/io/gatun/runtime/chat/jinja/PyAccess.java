package io.gatun.runtime.chat.jinja;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/** Attributes, items, slices and iteration, as Jinja's sandbox lets templates have them. */
final class PyAccess {
    private PyAccess() {
    }

    /** {@code owner.name}: a method or attribute, else an item. */
    static Object attribute(Object owner, String name) {
        if (owner instanceof Undefined u) {
            throw u.used();
        }
        if (owner instanceof Namespace namespace) {
            return namespace.attributes().containsKey(name) ? namespace.attributes().get(name) : Undefined.attribute(owner, name);
        }
        var found = member(owner, name);
        if (found != null) {
            return found;
        }
        return owner instanceof Map<?, ?> map && map.containsKey(name) ? map.get(name) : Undefined.attribute(owner, name);
    }

    /** {@code owner[key]}: an item, else a method or attribute. */
    static Object item(Object owner, Object key) {
        switch (owner) {
            case Undefined u -> throw u.used();
            case Map<?, ?> map when map.containsKey(normalized(key)) -> {
                return map.get(normalized(key));
            }
            case List<?> list when PyType.isInteger(key) -> {
                long index = index(PyType.asLong(key), list.size());
                return index < 0 || index >= list.size() ? Undefined.attribute(owner, key) : list.get((int) index);
            }
            case String text when PyType.isInteger(key) -> {
                int length = text.codePointCount(0, text.length());
                long index = index(PyType.asLong(key), length);
                return index < 0 || index >= length ? Undefined.attribute(owner, key) : Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) index)));
            }
            case null, default -> {
            }
        }
        if (key instanceof String name) {
            var found = member(owner, name);
            if (found != null) {
                return found;
            }
        }
        return Undefined.attribute(owner, key);
    }

    /** {@code owner[from:to:step]}; null stands for what is left out. */
    static Object slice(Object owner, Object from, Object to, Object step) {
        return switch (owner) {
            case Undefined u -> throw u.used();
            case String text -> {
                int[] points = text.codePoints().toArray();
                var out = new StringBuilder();
                forEachIndex(points.length, from, to, step, i -> out.appendCodePoint(points[i]));
                yield out.toString();
            }
            case List<?> list -> {
                var out = new PyList();
                forEachIndex(list.size(), from, to, step, i -> out.add(list.get(i)));
                yield owner instanceof PyTuple ? new PyTuple(out) : out;
            }
            case null, default -> throw JinjaException.typeError("'" + PyType.name(owner) + "' object is not subscriptable");
        };
    }

    /** The items that a loop over {@code value} sees. */
    static List<Object> iterate(Object value) {
        return switch (value) {
            case List<?> list -> new PyList(list);
            case Map<?, ?> map -> new PyList(map.keySet());
            case Collection<?> collection -> new PyList(collection);
            case String text -> {
                var out = new PyList();
                text.codePoints().forEach(c -> out.add(Character.toString(c)));
                yield out;
            }
            case Undefined u when u.error().type().equals("UndefinedError") -> new PyList();
            case Undefined u -> throw u.used();
            case null, default -> throw JinjaException.typeError("'" + PyType.name(value) + "' object is not iterable");
        };
    }

    private static Object member(Object owner, String name) {
        if (name.startsWith("_")) {
            return Undefined.unsafe(owner, name);
        }
        return switch (owner) {
            case String text -> StringMethods.find(text, name);
            case List<?> list -> ContainerMethods.find(list, name);
            case Map<?, ?> map -> ContainerMethods.find(map, name);
            case LoopContext loop -> loop.attribute(name);
            case Macro macro -> macro.attribute(name);
            case null, default -> null;
        };
    }

    /** A float that is whole, or a bool, finds the item of the same int. */
    private static Object normalized(Object key) {
        return key instanceof Boolean ? (Object) PyType.asLong(key) : key instanceof Double d && d == Math.rint(d) ? (Object) (long) (double) d : key;
    }

    private static long index(long index, int size) {
        return index < 0 ? index + size : index;
    }

    private static void forEachIndex(int size, Object from, Object to, Object step, IntConsumer use) {
        long stride = step == null ? 1 : integer(step);
        if (stride == 0) {
            throw JinjaException.valueError("slice step cannot be zero");
        }
        long low = stride > 0 ? 0 : -1;
        long high = stride > 0 ? size : size - 1L;
        long start = from == null ? stride > 0 ? low : high : Math.clamp(index(integer(from), size), low, high);
        long end = to == null ? stride > 0 ? high : low : Math.clamp(index(integer(to), size), low, high);
        for (long i = start; stride > 0 ? i < end : i > end; i += stride) {
            use.accept((int) i);
        }
    }

    private static long integer(Object bound) {
        if (!PyType.isInteger(bound)) {
            throw JinjaException.typeError("slice indices must be integers or None or have an __index__ method");
        }
        return PyType.asLong(bound);
    }
}
