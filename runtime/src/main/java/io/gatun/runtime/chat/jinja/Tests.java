package io.gatun.runtime.chat.jinja;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Jinja's tests, by name. */
final class Tests {
    private static final Map<String, Test> ALL = new HashMap<>();

    static {
        ALL.put("defined", (value, args) -> !(value instanceof Undefined));
        ALL.put("undefined", (value, args) -> value instanceof Undefined);
        ALL.put("none", (value, args) -> value == null);
        ALL.put("boolean", (value, args) -> value instanceof Boolean);
        ALL.put("true", (value, args) -> Boolean.TRUE.equals(value));
        ALL.put("false", (value, args) -> Boolean.FALSE.equals(value));
        ALL.put("integer", (value, args) -> value instanceof Long);
        ALL.put("float", (value, args) -> value instanceof Double);
        ALL.put("number", (value, args) -> PyType.isNumber(value));
        ALL.put("string", (value, args) -> value instanceof String);
        ALL.put("mapping", (value, args) -> value instanceof Map<?, ?>);
        ALL.put("sequence", (value, args) -> value instanceof String || value instanceof List<?> || value instanceof Map<?, ?> || value instanceof Undefined);
        ALL.put("iterable", (value, args) -> value instanceof String || value instanceof List<?> || value instanceof Map<?, ?> || value instanceof Undefined);
        ALL.put("callable", (value, args) -> value instanceof Callable);
        ALL.put("upper", (value, args) -> isTrue(StringMethods.find(PyText.str(value), "isupper")));
        ALL.put("lower", (value, args) -> isTrue(StringMethods.find(PyText.str(value), "islower")));
        ALL.put("even", (value, args) -> PyOperators.equal(PyOperators.modulo(value, 2L), 0L));
        ALL.put("odd", (value, args) -> PyOperators.equal(PyOperators.modulo(value, 2L), 1L));
        ALL.put("divisibleby", (value, args) -> PyOperators.equal(PyOperators.modulo(value, args.get(0)), 0L));
        ALL.put("escaped", (value, args) -> false);
        ALL.put("filter", (value, args) -> value instanceof String name && Filters.find(name) != null);
        ALL.put("test", (value, args) -> value instanceof String name && ALL.containsKey(name));
        ALL.put("in", (value, args) -> PyOperators.contains(args.get(0), value));
        ALL.put("sameas", (value, args) -> value == args.get(0) || PyType.name(value).equals(PyType.name(args.get(0)))
                && (value == null || value instanceof Boolean || value instanceof Long || value instanceof String) && PyOperators.equal(value, args.get(0)));
        put((value, args) -> PyOperators.equal(value, args.get(0)), "eq", "==", "equalto");
        put((value, args) -> !PyOperators.equal(value, args.get(0)), "ne", "!=");
        put((value, args) -> PyOperators.compare("<", value, args.get(0)) < 0, "lt", "<", "lessthan");
        put((value, args) -> PyOperators.compare("<=", value, args.get(0)) <= 0, "le", "<=");
        put((value, args) -> PyOperators.compare(">", value, args.get(0)) > 0, "gt", ">", "greaterthan");
        put((value, args) -> PyOperators.compare(">=", value, args.get(0)) >= 0, "ge", ">=");
    }

    private Tests() {
    }

    /** The test of that name, or null. */
    static Test find(String name) {
        return ALL.get(name);
    }

    /** The test of that name, for filters that take one. */
    static Test require(Object name) {
        var test = find(PyText.str(name));
        if (test == null) {
            throw new JinjaException("TemplateRuntimeError", "No test named " + PyText.repr(name) + ".");
        }
        return test;
    }

    private static void put(Test test, String... names) {
        for (var name : names) {
            ALL.put(name, test);
        }
    }

    private static boolean isTrue(Callable method) {
        return PyType.isTrue(method.call(List.of(), Map.of()));
    }
}
