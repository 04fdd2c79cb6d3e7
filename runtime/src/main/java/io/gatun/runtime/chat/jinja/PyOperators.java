package io.gatun.runtime.chat.jinja;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/** Python's arithmetic and comparison. */
final class PyOperators {

    private static final int UNORDERED = 2;

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
        if (!(a instanceof String) && !(a instanceof List<?>) && (b instanceof String || b instanceof List<?>)) {
            return multiply(b, a);
        }
        if (PyType.isInteger(b)) {
            long times = Math.max(0, PyType.asLong(b));
            if (a instanceof String x) {
                return bounded(x.length() * Math.min(times, Budget.MAX_LENGTH + 1L), () -> x.repeat((int) times));
            }
            if (a instanceof List<?> x) {
                return bounded(x.size() * Math.min(times, Budget.MAX_LENGTH + 1L), () -> {
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
        return PyType.isInteger(a) && PyType.isInteger(b) ? (Object) Math.floorDivExact(PyType.asLong(a), PyType.asLong(b))
                : numbers("//", a, b, PyOperators::floorQuotient);
    }

    static Object modulo(Object a, Object b) {
        if (a instanceof String format) {
            return PyPercent.format(format, b);
        }
        requireDefined(a, b);
        requireNonzero(b, "integer modulo by zero", "float modulo", a);
        return PyType.isInteger(a) && PyType.isInteger(b) ? (Object) Math.floorMod(PyType.asLong(a), PyType.asLong(b))
                : numbers("%", a, b, PyOperators::remainder);
    }

    static Object power(Object a, Object b) {
        requireDefined(a, b);
        if (PyType.isInteger(a) && PyType.isInteger(b) && PyType.asLong(b) >= 0) {
            long result = 1;
            long square = PyType.asLong(a);
            for (long left = PyType.asLong(b); left > 0; left >>= 1) {
                result = (left & 1) == 0 ? result : Math.multiplyExact(result, square);
                square = left == 1 ? square : Math.multiplyExact(square, square);
            }
            return result;
        }
        return numbers("** or pow()", a, b, PyOperators::power);
    }

    private static double power(double x, double y) {
        if (x == 0 && y < 0) {
            throw new JinjaException("ZeroDivisionError", "0.0 cannot be raised to a negative power");
        }
        double result = Math.pow(x, y);
        if (x < 0 && Double.isNaN(result) && !Double.isNaN(y)) {
            throw JinjaException.valueError("a negative number to the power of a fraction is complex, and there are no complex numbers here");
        }
        if (Double.isInfinite(result) && Double.isFinite(x) && Double.isFinite(y)) {
            throw new JinjaException("OverflowError", "(34, 'Numerical result out of range')");
        }
        return result;
    }

    /** Has the sign of {@code y}. */
    private static double remainder(double x, double y) {
        double rest = x % y;
        return rest == 0 ? Math.copySign(0, y) : (rest < 0) != (y < 0) ? rest + y : rest;
    }

    private static double floorQuotient(double x, double y) {
        double rest = x % y;
        double quotient = (x - rest) / y - (rest != 0 && (rest < 0) != (y < 0) ? 1 : 0);
        if (quotient == 0) {
            return Math.copySign(0, x / y);
        }
        double floor = Math.floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    static Object negate(Object a) {
        requireDefined(a, a);
        if (!PyType.isNumber(a)) {
            throw JinjaException.typeError("bad operand type for unary -: '" + PyType.name(a) + "'");
        }
        return a instanceof Double d ? (Object) (-d) : Math.negateExact(PyType.asLong(a));
    }

    static Object positive(Object a) {
        requireDefined(a, a);
        if (!PyType.isNumber(a)) {
            throw JinjaException.typeError("bad operand type for unary +: '" + PyType.name(a) + "'");
        }
        return a instanceof Boolean ? (Object) PyType.asLong(a) : a;
    }

    static boolean equal(Object a, Object b) {
        if (PyType.isNumber(a) && PyType.isNumber(b)) {
            return compareNumbers(a, b) == 0;
        }
        if (a instanceof PyIterable.Range x && b instanceof PyIterable.Range y) {
            return x.numbers().equals(y.numbers());
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

    /** Orders two values of a kind that Python orders, as its sort does. */
    static int compare(Object a, Object b) {
        return ordered("<", a, b) ? -1 : ordered("<", b, a) ? 1 : 0;
    }

    /** Whether {@code a operator b}, which is one of the four orders. */
    static boolean ordered(String operator, Object a, Object b) {
        requireDefined(a, b);
        if (PyType.isNumber(a) && PyType.isNumber(b)) {
            int order = compareNumbers(a, b);
            return order != UNORDERED && holds(operator, order);
        }
        if (a instanceof String x && b instanceof String y) {
            return holds(operator, compareCodePoints(x, y));
        }
        if (a instanceof List<?> x && b instanceof List<?> y && a instanceof PyTuple == b instanceof PyTuple) {
            for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
                if (!equal(x.get(i), y.get(i))) {
                    return ordered(operator, x.get(i), y.get(i));
                }
            }
            return holds(operator, Integer.compare(x.size(), y.size()));
        }
        throw JinjaException.typeError("'" + operator + "' not supported between instances of '" + PyType.name(a) + "' and '" + PyType.name(b) + "'");
    }

    private static boolean holds(String operator, int order) {
        return switch (operator) {
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            default -> order >= 0;
        };
    }

    /** Exact, also between int and float; {@link #UNORDERED} if one is not a number. */
    private static int compareNumbers(Object a, Object b) {
        if (PyType.isInteger(a) && PyType.isInteger(b)) {
            return Long.compare(PyType.asLong(a), PyType.asLong(b));
        }
        double x = PyType.asDouble(a);
        double y = PyType.asDouble(b);
        if (Double.isNaN(x) || Double.isNaN(y)) {
            return UNORDERED;
        }
        return x != y || Double.isInfinite(x) ? x < y ? -1 : x == y ? 0 : 1 : exact(a).compareTo(exact(b));
    }

    private static BigDecimal exact(Object number) {
        return number instanceof Double d ? new BigDecimal(d) : BigDecimal.valueOf(PyType.asLong(number));
    }

    static boolean contains(Object container, Object item) {
        return switch (container) {
            case String s when item instanceof String part -> s.contains(part);
            case String s -> throw JinjaException.typeError("'in <string>' requires string as left operand, not " + PyType.name(item));
            case List<?> l -> l.stream().anyMatch(other -> equal(other, item));
            case Map<?, ?> m -> {
                PyType.requireHashable(item);
                yield m.containsKey(item);
            }
            case PyIterable i -> {
                boolean found = false;
                for (var items = i.iterator(); !found && items.hasNext();) {
                    found = equal(items.next(), item);
                }
                yield found;
            }
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
        Budget.requireLength(length);
        return value.get();
    }
}
