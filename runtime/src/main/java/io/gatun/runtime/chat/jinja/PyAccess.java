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
        if (owner instanceof Map<?, ?> map && map.containsKey(name) && ContainerMethods.find(map, name) == null) {
            return map.get(name);
        }
        return member(owner, name);
    }

    /** {@code owner[key]}: an item, else a method or attribute. */
    static Object item(Object owner, Object key) {
        switch (owner) {
            case Undefined u -> throw u.used();
            case Map<?, ?> map -> {
                if (map.containsKey(key)) {
                    return map.get(key);
                }
            }
            case PyIterable.Range range when PyType.isInteger(key) -> {
                long index = index(PyType.asLong(key), range.size());
                return index < 0 || index >= range.size() ? Undefined.attribute(owner, key) : (Object) range.get((int) index);
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
        return key instanceof String name ? member(owner, name) : Undefined.attribute(owner, key);
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
            case PyIterable.Range range -> {
                long[] bounds = bounds(range.size(), from, to, step);
                yield new PyIterable.Range(range.start() + bounds[0] * range.step(), range.start() + bounds[1] * range.step(), bounds[2] * range.step());
            }
            case Map<?, ?> map -> throw JinjaException.typeError("unhashable type: 'slice'");
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
            case PyIterable iterable -> {
                var out = new PyList();
                iterable.iterator().forEachRemaining(out::add);
                yield out;
            }
            case Undefined u -> new PyList();
            case null, default -> throw JinjaException.typeError("'" + PyType.name(value) + "' object is not iterable");
        };
    }

    private static Object member(Object owner, String name) {
        if (isInternal(name)) {
            return Undefined.unsafe(owner, name);
        }
        return switch (owner) {
            case String text -> orUndefined(StringMethods.find(text, name), owner, name);
            case Map<?, ?> map -> orUndefined(ContainerMethods.find(map, name), owner, name);
            case LoopContext loop -> loop.attribute(name);
            case PyTuple.Group group when name.equals("grouper") || name.equals("list") -> group.get(name.equals("list") ? 1 : 0);
            case List<?> list -> orUndefined(ContainerMethods.find(list, name), owner, name);
            case Namespace namespace -> namespace.attributes().containsKey(name) ? namespace.attributes().get(name) : Undefined.attribute(owner, name);
            case Macro macro -> macro.attribute(name);
            case null, default -> Undefined.attribute(owner, name);
        };
    }

    private static Object orUndefined(Object method, Object owner, String name) {
        return method != null ? method : Undefined.attribute(owner, name);
    }

    /** Python's own names, which a sandbox lets nobody have. */
    private static boolean isInternal(String name) {
        return name.startsWith("__") && name.endsWith("__") && name.length() > 4;
    }

    /** As {@link #bound}, but beyond the end if the index is. */
    static long lowerBound(Object index, int size) {
        return Math.max(0, index(integer(index), size));
    }

    /** Where an index from the start or, if negative, from the end lies, no further than the ends. */
    static long bound(Object index, int size) {
        return Math.clamp(index(integer(index), size), 0L, (long) size);
    }

    private static long index(long index, int size) {
        return index < 0 ? index + size : index;
    }

    /** First index, the one to stop before, and the step. */
    private static long[] bounds(int size, Object from, Object to, Object step) {
        long stride = step == null ? 1 : integer(step);
        if (stride == 0) {
            throw JinjaException.valueError("slice step cannot be zero");
        }
        long low = stride > 0 ? 0 : -1;
        long high = stride > 0 ? size : size - 1L;
        long start = from == null ? stride > 0 ? low : high : Math.clamp(index(integer(from), size), low, high);
        long end = to == null ? stride > 0 ? high : low : Math.clamp(index(integer(to), size), low, high);
        return new long[] {start, end, stride};
    }

    private static void forEachIndex(int size, Object from, Object to, Object step, IntConsumer use) {
        long[] bounds = bounds(size, from, to, step);
        for (long i = bounds[0]; bounds[2] > 0 ? i < bounds[1] : i > bounds[1]; i += Math.clamp(bounds[2], -size - 1, size + 1)) {
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
