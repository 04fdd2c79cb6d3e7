package io.gatun.runtime.chat.jinja;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Methods of Python's list and dict. Those that change them are refused, as in Jinja2's immutable sandbox. */
final class ContainerMethods {
    private static final Set<String> CHANGE_LIST = Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");
    private static final Set<String> CHANGE_DICT = Set.of("clear", "pop", "popitem", "setdefault", "update");

    private ContainerMethods() {
    }

    /** The method of that name, what use of it gives, or null. */
    static Object find(List<?> list, String name) {
        if (CHANGE_LIST.contains(name) && !(list instanceof PyTuple)) {
            return Undefined.unsafe(list, name);
        }
        return switch (name) {
            case "count" -> method(list, name, 1, 1, args -> list.stream().filter(item -> PyOperators.equal(item, args.get(0))).count());
            case "index" -> method(list, name, 1, 3, args -> {
                long to = args.size() < 3 ? list.size() : PyAccess.bound(args.get(2), list.size());
                for (long i = args.size() < 2 ? 0 : PyAccess.bound(args.get(1), list.size()); i < to; i++) {
                    if (PyOperators.equal(list.get((int) i), args.get(0))) {
                        return i;
                    }
                }
                throw JinjaException.valueError(list instanceof PyTuple ? "tuple.index(x): x not in tuple" : PyText.repr(args.get(0)) + " is not in list");
            });
            case "copy" -> list instanceof PyTuple ? null : method(list, name, 0, 0, args -> new PyList(list));
            default -> null;
        };
    }

    static Object find(Map<?, ?> map, String name) {
        if (CHANGE_DICT.contains(name)) {
            return Undefined.unsafe(map, name);
        }
        return switch (name) {
            case "get" -> method(map, name, 1, 2, args -> {
                PyType.requireHashable(args.get(0));
                return map.containsKey(args.get(0)) ? map.get(args.get(0)) : args.size() > 1 ? args.get(1) : null;
            });
            case "items" -> method(map, name, 0, 0, args -> new PyIterable.View("dict_items", items(map)));
            case "keys" -> method(map, name, 0, 0, args -> new PyIterable.View("dict_keys", new PyList(map.keySet())));
            case "values" -> method(map, name, 0, 0, args -> new PyIterable.View("dict_values", new PyList(map.values())));
            case "copy" -> method(map, name, 0, 0, args -> {
                var copy = new PyDict();
                copy.putAll(map);
                return copy;
            });
            default -> null;
        };
    }

    private static Callable method(Object owner, String name, int least, int most, Function<List<Object>, Object> body) {
        return (args, kwargs) -> {
            Signature.checkBuiltIn(PyType.name(owner), name, least, most, args, kwargs);
            return body.apply(args);
        };
    }

    /** Pairs of key and value. */
    static PyList items(Map<?, ?> map) {
        var items = new PyList();
        map.forEach((key, value) -> items.add(PyTuple.of(key, value)));
        return items;
    }
}
