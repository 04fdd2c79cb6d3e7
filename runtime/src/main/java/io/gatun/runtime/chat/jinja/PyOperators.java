package io.gatun.runtime.chat.jinja;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/** Python's arithmetic and comparison. */
final class PyOperators {
    /** Strings and lists are not repeated beyond this, so that a short template cannot fill the memory. */
    static final int MAX_LENGTH = 16 << 20;

    private PyOperators() {
    }

    static Object add(Object a, Object b) {
        requireDefined(a, b);
        if (a instanceof String x) {
            if (b instanceof String y) {
                return bounded(x.length() + (long) y.length(), () -> x + y);
            }
            throw JinjaException.typeError("can only concatenate str (not \"" + PyType.name(b) + "\") to str");
        }
        if (a instanceof List<?> x) {
            if (b instanceof List<?> y && PyType.name(a).equals(PyType.name(b))) {
                var both = new PyList(x);
                both.addAll(y);
                return a instanceof PyTuple ? new PyTuple(both) : both;
            }
            throw JinjaException.typeError("can only concatenate " + PyType.name(a) + " (not \"" + PyType.name(b) + "\") to " + PyType.name(a));
        }
        return PyType.isInteger(a) && PyType.isInteger(b) ? (Object) Math.addExact(PyType.asLong(a), PyType.asLong(b))
                : numbers("+", a, b, (x, y) -> x + y);
    }

    static Object subtract(Object a, Object b) {
        requireDefined(a, b);
        return PyType.isInteger(a) && PyType.isInteger(b) ? (Object) Math.subtractExact(PyType.asLong(a), PyType.asLong(b))
                : numbers("-", a, b, (x, y) -> x - y);
    }

    static Object multiply(Object a, Object b) {
        requireDefined(a, b);
        if (PyType.isInteger(a) && !PyType.isNumber(b)) {
            return multiply(b, a);
        }
        if (PyType.isInteger(b)) {
            long times = Math.max(0, PyType.asLong(b));
            if (a instanceof String x) {
                return bounded(x.length() * Math.min(times, MAX_LENGTH + 1L), () -> x.repeat((int) times));
            }
            if (a instanceof List<?> x) {
                return bounded(x.size() * Math.min(times, MAX_LENGTH + 1L), () -> {
                    var repeated = new PyList();
                    for (long i = 0; i < times; i++) {
                        repeated.addAll(x);
                    }
                    return a instanceof PyTuple ? new PyTuple(repeated) : repeated;
                });
            }
            if (PyType.isInteger(a)) {
                return Math.multiplyExact(PyType.asLong(a), PyType.asLong(b));
            }
        }
        if (a instanceof String || a instanceof List<?>) {
            throw JinjaException.typeError("can't multiply sequence by non-int of type '" + PyType.name(b) + "'");
        }
        return numbers("*", a, b, (x, y) -> x * y);
    }

    static Object divide(Object a, Object b) {
        requireDefined(a, b);
        requireNonzero(b, "division by zero", "float division by zero", a);
        return numbers("/", a, b, (x, y) -> x / y);
    }

    static Object floorDivide(Object a, Object b) {
        requireDefined(a, b);
        requireNonzero(b, "integer division or modulo by zero", "float floor division by zero", a);
        return PyType.isInteger(a) && PyType.isInteger(b) ? (Object) Math.floorDiv(PyType.asLong(a), PyType.asLong(b))
                : numbers("//", a, b, (x, y) -> Math.floor(x / y));
    }

    static Object modulo(Object a, Object b) {
        requireDefined(a, b);
        if (a instanceof String format) {
            return PyFormat.percent(format, b);
        }
        requireNonzero(b, "integer modulo by zero", "float modulo", a);
        return PyType.isInteger(a) && PyType.isInteger(b) ? (Object) Math.floorMod(PyType.asLong(a), PyType.asLong(b))
                : numbers("%", a, b, (x, y) -> x - y * Math.floor(x / y));
    }

    static Object power(Object a, Object b) {
        requireDefined(a, b);
        if (PyType.isInteger(a) && PyType.isInteger(b) && PyType.asLong(b) >= 0) {
            long result = 1;
            long base = PyType.asLong(a);
            for (long left = PyType.asLong(b); left > 0 && (base != 1 || result != 1) && (base != 0 || result != 0); left--) {
                result = Math.multiplyExact(result, base);
            }
            return result;
        }
        return numbers("** or pow()", a, b, Math::pow);
    }

    static Object negate(Object a) {
        requireDefined(a, a);
        if (!PyType.isNumber(a)) {
            throw JinjaException.typeError("bad operand type for unary -: '" + PyType.name(a) + "'");
        }
        return a instanceof Double d ? (Object) (-d) : Math.negateExact(PyType.asLong(a));
    }

    static boolean equal(Object a, Object b) {
        if (PyType.isNumber(a) && PyType.isNumber(b)) {
            return a instanceof Double || b instanceof Double ? PyType.asDouble(a) == PyType.asDouble(b) : PyType.asLong(a) == PyType.asLong(b);
        }
        if (a instanceof Undefined && b instanceof Undefined) {
            return true;
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            return PyType.name(a).equals(PyType.name(b)) && equalItems(x, y);
        }
        if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
            return x.size() == y.size() && x.entrySet().stream().allMatch(e -> y.containsKey(e.getKey()) && equal(e.getValue(), y.get(e.getKey())));
        }
        return Objects.equals(a, b);
    }

    /** Orders two values of a kind that Python orders. */
    static int compare(Object a, Object b) {
        return compare("<", a, b);
    }

    static int compare(String operator, Object a, Object b) {
        requireDefined(a, b);
        if (PyType.isNumber(a) && PyType.isNumber(b)) {
            return a instanceof Double || b instanceof Double ? Double.compare(PyType.asDouble(a), PyType.asDouble(b))
                    : Long.compare(PyType.asLong(a), PyType.asLong(b));
        }
        if (a instanceof String x && b instanceof String y) {
            return compareCodePoints(x, y);
        }
        if (a instanceof List<?> x && b instanceof List<?> y && PyType.name(a).equals(PyType.name(b))) {
            for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
                if (!equal(x.get(i), y.get(i))) {
                    return compare(operator, x.get(i), y.get(i));
                }
            }
            return Integer.compare(x.size(), y.size());
        }
        throw JinjaException.typeError("'" + operator + "' not supported between instances of '" + PyType.name(a) + "' and '" + PyType.name(b) + "'");
    }

    static boolean contains(Object container, Object item) {
        return switch (container) {
            case String s when item instanceof String part -> s.contains(part);
            case String s -> throw JinjaException.typeError("'in <string>' requires string as left operand, not " + PyType.name(item));
            case List<?> l -> l.stream().anyMatch(other -> equal(other, item));
            case Map<?, ?> m -> m.containsKey(item);
            case Undefined u when !u.error().type().equals("UndefinedError") -> throw u.used();
            case Undefined u -> false;
            case null, default -> throw JinjaException.typeError("argument of type '" + PyType.name(container) + "' is not iterable");
        };
    }

    private static boolean equalItems(List<?> x, List<?> y) {
        Iterator<?> other = y.iterator();
        return x.size() == y.size() && x.stream().allMatch(item -> equal(item, other.next()));
    }

    private static int compareCodePoints(String x, String y) {
        int[] a = x.codePoints().toArray();
        int[] b = y.codePoints().toArray();
        return Arrays.compare(a, b);
    }

    private interface DoubleOperator {
        double apply(double x, double y);
    }

    private static Object numbers(String operator, Object a, Object b, DoubleOperator function) {
        if (!PyType.isNumber(a) || !PyType.isNumber(b)) {
            throw JinjaException.typeError("unsupported operand type(s) for " + operator + ": '" + PyType.name(a) + "' and '" + PyType.name(b) + "'");
        }
        return function.apply(PyType.asDouble(a), PyType.asDouble(b));
    }

    private static void requireNonzero(Object b, String forIntegers, String forFloats, Object a) {
        if (PyType.isNumber(a) && PyType.isNumber(b) && PyType.asDouble(b) == 0) {
            throw new JinjaException("ZeroDivisionError", a instanceof Double || b instanceof Double ? forFloats : forIntegers);
        }
    }

    private static void requireDefined(Object a, Object b) {
        if (a instanceof Undefined u) {
            throw u.used();
        }
        if (b instanceof Undefined u) {
            throw u.used();
        }
    }

    private static Object bounded(long length, Supplier<Object> value) {
        if (length > MAX_LENGTH) {
            throw new JinjaException("OverflowError", "a value of " + length + " characters or items is longer than the " + MAX_LENGTH + " that are allowed");
        }
        return value.get();
    }
}
