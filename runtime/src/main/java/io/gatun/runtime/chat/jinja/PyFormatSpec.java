package io.gatun.runtime.chat.jinja;

import java.util.regex.Pattern;

/** Python's format(value, specification), such as {@code >8}, {@code 05d} or {@code .2f}. */
record PyFormatSpec(String fill, String align, String sign, boolean zeros, int width, String grouping, int precision, String type) {
    static final int MAX_WIDTH = 10_000;
    private static final Pattern SYNTAX = Pattern.compile("(?:(.)?([<>=^]))?([-+ ])?(0)?(\\d+)?([,_])?(?:\\.(\\d+))?(.)?", Pattern.DOTALL);
    private static final int GROUP = 3;

    static String format(Object value, String specification) {
        if (specification.isEmpty()) {
            return PyText.str(value);
        }
        if (!(value instanceof String) && !PyType.isNumber(value)) {
            throw JinjaException.typeError("unsupported format string passed to " + PyType.name(value) + ".__format__");
        }
        var matcher = SYNTAX.matcher(specification);
        if (!matcher.matches()) {
            throw JinjaException.valueError("Invalid format specifier '" + specification + "' for object of type '" + PyType.name(value) + "'");
        }
        return new PyFormatSpec(matcher.group(1), matcher.group(2), matcher.group(3), matcher.group(4) != null, width(matcher.group(5)), matcher.group(6),
                matcher.group(7) == null ? -1 : width(matcher.group(7)), matcher.group(8)).apply(value);
    }

    /** A width or precision that is not beyond what is allowed. */
    static int width(String digits) {
        int width = digits == null || digits.isEmpty() ? 0 : digits.length() > 6 ? Integer.MAX_VALUE : Integer.parseInt(digits);
        if (width > MAX_WIDTH) {
            throw JinjaException.valueError("a width of " + digits + " is more than the " + MAX_WIDTH + " that are allowed");
        }
        return width;
    }

    private String apply(Object value) {
        return switch (value) {
            case String s -> text(s);
            case Double d -> number(floating(d));
            default -> type == null || "dxXobn".contains(type) ? number(integer(value)) : number(floating(PyType.asDouble(value), value));
        };
    }

    private String text(String value) {
        if (type != null && !type.equals("s")) {
            throw unknown(value);
        }
        if (sign != null || "=".equals(align)) {
            throw JinjaException.valueError(sign != null ? "Sign not allowed in string format specifier"
                    : "'=' alignment not allowed in string format specifier");
        }
        var kept = precision < 0 ? value : (String) PyAccess.slice(value, null, (long) precision, null);
        return padded("", kept, align == null ? "<" : align);
    }

    private String integer(Object value) {
        if (precision >= 0) {
            throw JinjaException.valueError("Precision not allowed in integer format specifier");
        }
        return PyNumberFormat.integer(PyType.asLong(value), type == null ? 'd' : type.charAt(0));
    }

    private String floating(double value) {
        return floating(value, value);
    }

    private String floating(double value, Object of) {
        if (type == null || type.equals("n")) {
            return precision < 0 ? PyText.number(value) : PyNumberFormat.withDigits(value, precision);
        }
        if (!"eEfFgG%".contains(type)) {
            throw unknown(of);
        }
        return PyNumberFormat.floating(value, type.charAt(0), precision);
    }

    private String number(String text) {
        boolean isNegative = text.startsWith("-");
        var digits = grouped(isNegative ? text.substring(1) : text);
        return padded(isNegative ? "-" : sign == null || sign.equals("-") ? "" : sign, digits, align != null ? align : zeros ? "=" : ">");
    }

    private String grouped(String digits) {
        if (grouping == null) {
            return digits;
        }
        int end = 0;
        while (end < digits.length() && Character.isLetterOrDigit(digits.charAt(end)) && digits.charAt(end) != 'e') {
            end++;
        }
        var out = new StringBuilder(digits);
        int size = type != null && "xXob".contains(type) ? GROUP + 1 : GROUP;
        for (int at = end - size; at > 0; at -= size) {
            out.insert(at, grouping);
        }
        return out.toString();
    }

    private String padded(String signText, String text, String alignment) {
        int missing = width - signText.length() - text.codePointCount(0, text.length());
        if (missing <= 0) {
            return signText + text;
        }
        var filler = fill != null ? fill : zeros ? "0" : " ";
        return switch (alignment) {
            case "<" -> signText + text + filler.repeat(missing);
            case "^" -> filler.repeat(missing / 2) + signText + text + filler.repeat(missing - missing / 2);
            case "=" -> signText + filler.repeat(missing) + text;
            default -> filler.repeat(missing) + signText + text;
        };
    }

    private JinjaException unknown(Object value) {
        return JinjaException.valueError("Unknown format code '" + type + "' for object of type '" + PyType.name(value) + "'");
    }
}
