package io.gatun.runtime.chat.jinja;

import java.util.List;
import java.util.Map;

/** Python's str.format. */
final class PyFormat {
    private static final int MAX_NESTING = 2;

    private final List<Object> args;
    private final Map<?, ?> kwargs;
    private int next;
    private boolean manual;

    private PyFormat(List<Object> args, Map<?, ?> kwargs) {
        this.args = args;
        this.kwargs = kwargs;
    }

    /** {@code format.format(args, kwargs)}. */
    static String format(String format, List<Object> args, Map<?, ?> kwargs) {
        return new PyFormat(args, kwargs).expand(format, 0);
    }

    private String expand(String format, int nesting) {
        if (nesting == MAX_NESTING) {
            throw JinjaException.valueError("Max string recursion exceeded");
        }
        var out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '{' && c != '}') {
                out.append(c);
            } else if (i + 1 < format.length() && format.charAt(i + 1) == c) {
                out.append(c);
                i++;
            } else if (c == '}' || i + 1 == format.length()) {
                throw JinjaException.valueError("Single '" + c + "' encountered in format string");
            } else {
                int end = end(format, i);
                out.append(field(format.substring(i + 1, end), nesting));
                i = end;
            }
        }
        return out.toString();
    }

    /** Where the bracket at {@code begin} is closed. */
    private static int end(String format, int begin) {
        int depth = 0;
        for (int i = begin; i < format.length(); i++) {
            depth += format.charAt(i) == '{' ? 1 : format.charAt(i) == '}' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        throw JinjaException.valueError("expected '}' before end of string");
    }

    private String field(String field, int nesting) {
        int colon = field.indexOf(':');
        var name = colon < 0 ? field : field.substring(0, colon);
        int mark = name.indexOf('!');
        var value = value(mark < 0 ? name : name.substring(0, mark));
        if (mark >= 0) {
            var conversion = name.substring(mark + 1);
            value = switch (conversion) {
                case "r" -> PyText.repr(value);
                case "s" -> PyText.str(value);
                default -> throw JinjaException.valueError("Unknown conversion specifier " + conversion);
            };
        }
        return PyFormatSpec.format(value, colon < 0 ? "" : expand(field.substring(colon + 1), nesting + 1));
    }

    /** {@code 0}, {@code name}, or what follows one of them: {@code name.attribute[item]}. */
    private Object value(String path) {
        int at = 0;
        while (at < path.length() && path.charAt(at) != '.' && path.charAt(at) != '[') {
            at++;
        }
        var value = first(path.substring(0, at));
        while (at < path.length()) {
            boolean isItem = path.charAt(at) == '[';
            int end = isItem ? path.indexOf(']', at) : at + 1;
            while (!isItem && end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
                end++;
            }
            if (end < 0) {
                throw JinjaException.valueError("Missing ']' in format string");
            }
            var key = path.substring(at + 1, end);
            value = isItem ? PyAccess.item(value, isIndex(key) ? (Object) Long.parseLong(key) : key) : PyAccess.attribute(value, key);
            at = isItem ? end + 1 : end;
        }
        return value;
    }

    private Object first(String name) {
        if (name.isEmpty() || isIndex(name)) {
            if (name.isEmpty() && manual) {
                throw JinjaException.valueError("cannot switch from manual field specification to automatic field numbering");
            }
            if (!name.isEmpty() && next > 0) {
                throw JinjaException.valueError("cannot switch from manual field specification to automatic field numbering");
            }
            manual |= !name.isEmpty();
            long index = name.isEmpty() ? next++ : Long.parseLong(name);
            if (index >= args.size()) {
                throw new JinjaException("IndexError", "tuple index out of range");
            }
            return args.get((int) index);
        }
        if (!kwargs.containsKey(name)) {
            throw new JinjaException("KeyError", PyText.repr(name));
        }
        return kwargs.get(name);
    }

    private static boolean isIndex(String name) {
        return !name.isEmpty() && name.length() < 10 && name.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
