package io.gatun.runtime.chat.jinja;

import java.util.List;
import java.util.Map;

/** Python's {@code format % values}. */
final class PyPercent {
    private final String format;
    private final Object values;
    private int at;
    private int next;

    private PyPercent(String format, Object values) {
        this.format = format;
        this.values = values;
    }

    static String format(String format, Object values) {
        return new PyPercent(format, values).expand();
    }

    private String expand() {
        var out = new StringBuilder();
        while (at < format.length()) {
            char c = format.charAt(at++);
            out.append(c == '%' ? conversion() : Character.toString(c));
        }
        boolean isMapping = values instanceof Map<?, ?> || values instanceof List<?> && !(values instanceof PyTuple) || values instanceof Undefined;
        if (!isMapping && next < (values instanceof PyTuple tuple ? tuple.size() : 1)) {
            throw JinjaException.typeError("not all arguments converted during string formatting");
        }
        return out.toString();
    }

    private String conversion() {
        Object named = null;
        boolean isNamed = peek() == '(';
        if (isNamed) {
            int end = format.indexOf(')', at);
            if (!(values instanceof Map<?, ?> map)) {
                throw JinjaException.typeError("format requires a mapping");
            }
            if (end < 0) {
                throw JinjaException.valueError("incomplete format key");
            }
            var key = format.substring(at + 1, end);
            if (!map.containsKey(key)) {
                throw new JinjaException("KeyError", PyText.repr(key));
            }
            named = map.get(key);
            at = end + 1;
        }
        var flags = takeAll("-+ #0");
        int width = PyFormatSpec.width(takeAll("0123456789"));
        int precision = -1;
        if (peek() == '.') {
            at++;
            precision = PyFormatSpec.width(takeAll("0123456789"));
        }
        takeAll("hlL");
        char type = peek();
        at++;
        if (type == '%') {
            return "%";
        }
        if ("diuxXoeEfFgGcrsa".indexOf(type) < 0) {
            throw JinjaException.valueError("unsupported format character '" + type + "' (0x" + Integer.toHexString(type) + ") at index " + (at - 1));
        }
        return padded(converted(type, isNamed ? named : next(), precision), flags, width, type);
    }

    private static String converted(char type, Object value, int precision) {
        return switch (type) {
            case 's', 'r', 'a' -> {
                var text = type == 's' ? PyText.str(value) : PyText.repr(value);
                yield precision < 0 ? text : (String) PyAccess.slice(text, null, (long) precision, null);
            }
            case 'c' -> {
                if (value instanceof String s && s.codePointCount(0, s.length()) == 1) {
                    yield s;
                }
                if (!(value instanceof Long code) || !Character.isValidCodePoint(Math.toIntExact(Math.clamp(code, -1, Integer.MAX_VALUE)))) {
                    throw JinjaException.typeError("%c requires int or char");
                }
                yield Character.toString(Math.toIntExact(code));
            }
            case 'x', 'X', 'o' -> {
                if (!PyType.isInteger(value)) {
                    throw JinjaException.typeError("%" + type + " format: an integer is required, not " + PyType.name(value));
                }
                yield PyNumberFormat.integer(PyType.asLong(value), type);
            }
            case 'd', 'i', 'u' -> {
                if (!PyType.isNumber(value)) {
                    throw JinjaException.typeError("%" + type + " format: a real number is required, not " + PyType.name(value));
                }
                yield Long.toString(value instanceof Double d ? PyLiteral.truncate(d) : PyType.asLong(value));
            }
            default -> {
                if (!PyType.isNumber(value)) {
                    throw JinjaException.typeError("must be real number, not " + PyType.name(value));
                }
                yield PyNumberFormat.floating(PyType.asDouble(value), type, precision);
            }
        };
    }

    private static String padded(String converted, String flags, int width, char type) {
        boolean isText = "crsa".indexOf(type) >= 0;
        var sign = isText ? "" : converted.startsWith("-") ? "-" : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
        var digits = sign.equals("-") ? converted.substring(1) : converted;
        int missing = Math.max(0, width - sign.length() - digits.codePointCount(0, digits.length()));
        if (flags.contains("-")) {
            return sign + digits + " ".repeat(missing);
        }
        return flags.contains("0") && !isText ? sign + "0".repeat(missing) + digits : " ".repeat(missing) + sign + digits;
    }

    private Object next() {
        if (values instanceof PyTuple tuple ? next >= tuple.size() : next > 0) {
            throw JinjaException.typeError("not enough arguments for format string");
        }
        return values instanceof PyTuple tuple ? tuple.get(next++) : first();
    }

    private Object first() {
        next++;
        return values;
    }

    private char peek() {
        if (at >= format.length()) {
            throw JinjaException.valueError("incomplete format");
        }
        return format.charAt(at);
    }

    private String takeAll(String characters) {
        int from = at;
        while (at < format.length() && characters.indexOf(format.charAt(at)) >= 0) {
            at++;
        }
        return format.substring(from, at);
    }
}
