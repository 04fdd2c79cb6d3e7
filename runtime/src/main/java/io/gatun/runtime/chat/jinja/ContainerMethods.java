package io.gatun.runtime.chat.jinja;

import java.util.List;
import java.util.Map;
import java.util.Set;

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
            case "count" -> (Callable) (args, kwargs) -> list.stream().filter(item -> PyOperators.equal(item, args.get(0))).count();
            case "index" -> (Callable) (args, kwargs) -> {
                for (int i = 0; i < list.size(); i++) {
                    if (PyOperators.equal(list.get(i), args.get(0))) {
                        return (long) i;
                    }
                }
                throw JinjaException.valueError(PyText.repr(args.get(0)) + " is not in list");
            };
            case "copy" -> (Callable) (args, kwargs) -> new PyList(list);
            default -> null;
        };
    }

    static Object find(Map<?, ?> map, String name) {
        if (CHANGE_DICT.contains(name)) {
            return Undefined.unsafe(map, name);
        }
        return switch (name) {
            case "get" -> (Callable) (args, kwargs) -> map.containsKey(args.get(0)) ? map.get(args.get(0)) : args.size() > 1 ? args.get(1) : null;
            case "items" -> (Callable) (args, kwargs) -> items(map);
            case "keys" -> (Callable) (args, kwargs) -> new PyList(map.keySet());
            case "values" -> (Callable) (args, kwargs) -> new PyList(map.values());
            case "copy" -> (Callable) (args, kwargs) -> {
                var copy = new PyDict();
                copy.putAll(map);
                return copy;
            };
            default -> null;
        };
    }

    /** Pairs of key and value. */
    static PyList items(Map<?, ?> map) {
        var items = new PyList();
        map.forEach((key, value) -> items.add(PyTuple.of(key, value)));
        return items;
    }
}
