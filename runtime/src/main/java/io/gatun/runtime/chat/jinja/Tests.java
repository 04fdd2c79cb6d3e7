package io.gatun.runtime.chat.jinja;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;

/** Jinja's tests, by name. */
final class Tests {
    private static final Map<String, Test> ALL = new HashMap<>();

    static {
        put("test_defined(value)", (value, args) -> !(value instanceof Undefined), "defined");
        put("test_undefined(value)", (value, args) -> value instanceof Undefined, "undefined");
        put("test_none(value)", (value, args) -> value == null, "none");
        put("test_boolean(value)", (value, args) -> value instanceof Boolean, "boolean");
        put("test_true(value)", (value, args) -> Boolean.TRUE.equals(value), "true");
        put("test_false(value)", (value, args) -> Boolean.FALSE.equals(value), "false");
        put("test_integer(value)", (value, args) -> value instanceof Long, "integer");
        put("test_float(value)", (value, args) -> value instanceof Double, "float");
        put("test_number(value)", (value, args) -> PyType.isNumber(value), "number");
        put("test_string(value)", (value, args) -> value instanceof String, "string");
        put("test_mapping(value)", (value, args) -> value instanceof Map<?, ?>, "mapping");
        put("test_sequence(value)", (value, args) -> isSequence(value), "sequence");
        put("test_iterable(value)", (value, args) -> isSequence(value) || value instanceof PyIterable || value instanceof LoopContext, "iterable");
        put("callable(value)", (value, args) -> value instanceof Callable || value instanceof Undefined, "callable");
        put("test_upper(value)", (value, args) -> isTrue(StringMethods.find(PyText.str(value), "isupper")), "upper");
        put("test_lower(value)", (value, args) -> isTrue(StringMethods.find(PyText.str(value), "islower")), "lower");
        put("test_even(value)", (value, args) -> PyOperators.equal(PyOperators.modulo(value, 2L), 0L), "even");
        put("test_odd(value)", (value, args) -> PyOperators.equal(PyOperators.modulo(value, 2L), 1L), "odd");
        put("test_divisibleby(value | num)", (value, args) -> PyOperators.equal(PyOperators.modulo(value, args.get(0)), 0L), "divisibleby");
        put("test_escaped(value)", (value, args) -> false, "escaped");
        put("test_filter(env, value)", (value, args) -> value instanceof String name && Filters.find(name) != null, "filter");
        put("test_test(env, value)", (value, args) -> value instanceof String name && ALL.containsKey(name), "test");
        put("test_in(value | seq)", (value, args) -> PyOperators.contains(args.get(0), value), "in");
        put("test_sameas(value | other)", (value, args) -> isSame(value, args.get(0)), "sameas");
        operator(PyOperators::equal, "eq", "==", "equalto");
        operator((a, b) -> !PyOperators.equal(a, b), "ne", "!=");
        operator((a, b) -> PyOperators.ordered("<", a, b), "lt", "<", "lessthan");
        operator((a, b) -> PyOperators.ordered("<=", a, b), "le", "<=");
        operator((a, b) -> PyOperators.ordered(">", a, b), "gt", ">", "greaterthan");
        operator((a, b) -> PyOperators.ordered(">=", a, b), "ge", ">=");
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

    private static void put(String signature, Test test, String name) {
        var parsed = Signature.of(signature);
        ALL.put(name, (value, args) -> {
            parsed.check(args, Map.of());
            return test.test(value, args);
        });
    }

    private static void operator(BiPredicate<Object, Object> operator, String name, String... otherNames) {
        Test test = (value, args) -> {
            if (args.size() != 1) {
                throw JinjaException.typeError(name + " expected 2 arguments, got " + (args.size() + 1));
            }
            return operator.test(value, args.get(0));
        };
        ALL.put(name, test);
        for (var other : otherNames) {
            ALL.put(other, test);
        }
    }

    private static boolean isSequence(Object value) {
        return value instanceof String || value instanceof List<?> || value instanceof Map<?, ?> || value instanceof PyIterable.Range || value instanceof Undefined;
    }

    /** Small values are the same where they are equal. */
    private static boolean isSame(Object a, Object b) {
        return a == b || PyType.name(a).equals(PyType.name(b)) && (a instanceof Boolean || a instanceof Long || a instanceof String) && PyOperators.equal(a, b);
    }

    private static boolean isTrue(Callable method) {
        return PyType.isTrue(method.call(List.of(), Map.of()));
    }
}
