package io.gatun.runtime.chat.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's formatting of values into strings: {@code %} and {@code str.format}, as far as templates go. */
final class PyFormat {
    private static final Pattern CONVERSION = Pattern.compile("%(?:\\((\\w+)\\))?([-0+ ]*)(\\d*)(?:\\.(\\d+))?([a-zA-Z%])");
    private static final Pattern FIELD = Pattern.compile("\\{\\{|\\}\\}|\\{([^{}:!]*)(?:!([rs]))?(?::([^{}]*))?\\}");
    private static final int MAX_WIDTH = 10_000;

    private PyFormat() {
    }

    /** {@code format % value}. */
    static String percent(String format, Object value) {
        List<?> values = value instanceof PyTuple tuple ? tuple : List.of(value == null ? Undefined.name("None") : value);
        int[] next = {0};
        var matcher = CONVERSION.matcher(format);
        var out = new StringBuilder();
        while (matcher.find()) {
            char kind = matcher.group(5).charAt(0);
            String text = "%";
            if (kind != '%') {
                Object argument;
                if (matcher.group(1) != null) {
                    argument = PyAccess.item(value, matcher.group(1));
                } else if (next[0] < values.size()) {
                    argument = value == null ? null : values.get(next[0]++);
                } else {
                    throw JinjaException.typeError("not enough arguments for format string");
                }
                text = padded(converted(kind, argument, matcher.group(4)), matcher.group(3), matcher.group(2).contains("-"), matcher.group(2).contains("0"));
            }
            matcher.appendReplacement(out, Matcher.quoteReplacement(text));
        }
        if (value instanceof PyTuple && next[0] < values.size()) {
            throw JinjaException.typeError("not all arguments converted during string formatting");
        }
        return matcher.appendTail(out).toString();
    }

    /** {@code format.format(args, kwargs)}. */
    static String format(String format, List<Object> args, Map<String, Object> kwargs) {
        int next = 0;
        var matcher = FIELD.matcher(format);
        var out = new StringBuilder();
        while (matcher.find()) {
            String text;
            if (matcher.group().equals("{{") || matcher.group().equals("}}")) {
                text = matcher.group().substring(1);
            } else {
                String name = matcher.group(1);
                Object value;
                if (name.isEmpty() || name.chars().allMatch(Character::isDigit)) {
                    int index = name.isEmpty() ? next++ : Integer.parseInt(name);
                    if (index >= args.size()) {
                        throw new JinjaException("IndexError", "Replacement index " + index + " out of range for positional args tuple");
                    }
                    value = args.get(index);
                } else {
                    String[] path = name.split("\\.");
                    if (!kwargs.containsKey(path[0])) {
                        throw new JinjaException("KeyError", PyText.repr(path[0]));
                    }
                    value = kwargs.get(path[0]);
                    for (int i = 1; i < path.length; i++) {
                        value = PyAccess.attribute(value, path[i]);
                    }
                }
                String spec = matcher.group(3) == null ? "" : matcher.group(3);
                text = specified("r".equals(matcher.group(2)) ? PyText.repr(value) : value, spec);
            }
            matcher.appendReplacement(out, Matcher.quoteReplacement(text));
        }
        return matcher.appendTail(out).toString();
    }

    /** A number with so many digits after the point. */
    static String fixed(double value, int digits) {
        return Double.isFinite(value) ? new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString() : PyText.number(value);
    }

    private static String converted(char kind, Object value, String precision) {
        return switch (kind) {
            case 's' -> {
                var text = PyText.str(value);
                yield precision == null ? text : text.substring(0, Math.min(text.length(), Integer.parseInt(precision)));
            }
            case 'r' -> PyText.repr(value);
            case 'd', 'i' -> {
                if (!PyType.isNumber(value)) {
                    throw JinjaException.typeError("%" + kind + " format: a real number is required, not " + PyType.name(value));
                }
                yield Long.toString(value instanceof Double d ? (long) (double) d : PyType.asLong(value));
            }
            case 'f', 'F' -> fixed(PyType.asDouble(value), precision == null ? 6 : Integer.parseInt(precision));
            case 'x' -> Long.toHexString(PyType.asLong(value));
            default -> throw JinjaException.valueError("unsupported format character '" + kind + "'");
        };
    }

    private static String specified(Object value, String spec) {
        var matcher = Pattern.compile("(?:(.)?([<>^]))?(0)?(\\d*)(?:\\.(\\d+))?([sdfx]?)").matcher(spec);
        if (!matcher.matches()) {
            throw JinjaException.valueError("Invalid format specifier '" + spec + "' for object of type '" + PyType.name(value) + "'");
        }
        String kind = matcher.group(6);
        String text = kind.isEmpty() ? PyText.str(value) : converted(kind.charAt(0), value, matcher.group(5));
        boolean right = matcher.group(2) != null ? matcher.group(2).equals(">") : PyType.isNumber(value);
        if ("^".equals(matcher.group(2))) {
            return StringMethods.center(text, width(matcher.group(4)), matcher.group(1) == null ? " " : matcher.group(1));
        }
        String fill = matcher.group(1) != null ? matcher.group(1) : matcher.group(3) != null ? "0" : " ";
        String padding = fill.repeat(Math.max(0, width(matcher.group(4)) - text.length()));
        return right ? padding + text : text + padding;
    }

    private static String padded(String text, String width, boolean left, boolean zeros) {
        String padding = (zeros && !left ? "0" : " ").repeat(Math.max(0, width(width) - text.length()));
        return left ? text + padding : padding + text;
    }

    private static int width(String digits) {
        int width = digits.isEmpty() ? 0 : digits.length() > 6 ? Integer.MAX_VALUE : Integer.parseInt(digits);
        if (width > MAX_WIDTH) {
            throw JinjaException.valueError("a width of " + digits + " is more than the " + MAX_WIDTH + " that are allowed");
        }
        return width;
    }
}
