package io.gatun.runtime.chat.jinja;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Python's types, as Java has their values: None is null, bool Boolean, int Long, float Double, str String, list List, dict Map. */
final class PyType {
    private PyType() {
    }

    /** Python's name of a value's type. */
    static String name(Object value) {
        return switch (value) {
            case null -> "NoneType";
            case Boolean b -> "bool";
            case Long l -> "int";
            case Double d -> "float";
            case String s -> "str";
            case PyTuple t -> "tuple";
            case List<?> l -> "list";
            case Map<?, ?> m -> "dict";
            case Undefined u -> "Undefined";
            case Namespace n -> "Namespace";
            case LoopContext l -> "LoopContext";
            case Macro m -> "Macro";
            case PyIterable i -> i.type();
            default -> "builtin_function_or_method";
        };
    }

    static boolean isTrue(Object value) {
        return switch (value) {
            case null -> false;
            case Boolean b -> b;
            case Long l -> l != 0;
            case Double d -> d != 0;
            case String s -> !s.isEmpty();
            case List<?> l -> !l.isEmpty();
            case Map<?, ?> m -> !m.isEmpty();
            case Undefined u -> false;
            case PyIterable.Range r -> r.size() > 0;
            case PyIterable.View v -> !v.items().isEmpty();
            default -> true;
        };
    }

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    /** An int, as Python takes a bool for one. */
    static boolean isInteger(Object value) {
        return value instanceof Long || value instanceof Boolean;
    }

    static long asLong(Object value) {
        return switch (value) {
            case Long l -> l;
            case Boolean b -> b ? 1 : 0;
            case null, default -> throw JinjaException.typeError("'" + name(value) + "' object cannot be interpreted as an integer");
        };
    }

    /** Throws where Python cannot have the value as a key. */
    static void requireHashable(Object key) {
        if (key instanceof PyTuple items) {
            items.forEach(PyType::requireHashable);
        } else if (key instanceof List<?> || key instanceof Map<?, ?>) {
            throw JinjaException.typeError("unhashable type: '" + name(key) + "'");
        }
    }

    static double asDouble(Object value) {
        return value instanceof Double d ? d : asLong(value);
    }

    /** Values as the interpreter has them, from such as JSON gives. */
    static Object of(Object value) {
        return switch (value) {
            case Integer i -> (long) i;
            case Short s -> (long) s;
            case Float f -> (double) f;
            case PyTuple t -> t;
            case List<?> list -> list.stream().map(PyType::of).collect(PyList::new, PyList::add, PyList::addAll);
            case Map<?, ?> map -> {
                var copy = new PyDict();
                map.forEach((key, item) -> copy.put(of(key), of(item)));
                yield copy;
            }
            case null -> null;
            case Enum<?> e -> e.name().toLowerCase(Locale.ROOT);
            default -> value;
        };
    }
}
