package io.gatun.runtime.chat.jinja;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Jinja's filters on single values, by name; those on sequences are {@link SequenceFilters}. */
final class Filters {
    private static final Map<String, Filter> ALL = new HashMap<>();
    private static final Pattern WORD = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);

    static {
        put("abs", (value, args, kwargs) -> value instanceof Double d ? (Object) Math.abs(d) : Math.absExact(PyType.asLong(value)));
        put("attr", (value, args, kwargs) -> attributeOnly(value, PyText.str(args.get(0))));
        put("capitalize", (value, args, kwargs) -> StringMethods.capitalize(PyText.str(value)));
        put("center", (value, args, kwargs) -> StringMethods.center(PyText.str(value), PyType.asLong(argument(args, kwargs, 0, "width", 80L)), " "));
        put("default", Filters::defaultTo, "d");
        put("dictsort", Filters::dictSort);
        put("escape", (value, args, kwargs) -> escape(PyText.str(value)), "e", "forceescape");
        put("float", (value, args, kwargs) -> toFloat(value, argument(args, kwargs, 0, "default", 0.0)));
        put("format", (value, args, kwargs) -> PyFormat.percent(PyText.str(value), kwargs.isEmpty() ? new PyTuple(args) : PyType.of(kwargs)));
        put("indent", (value, args, kwargs) -> indent(PyText.str(value), argument(args, kwargs, 0, "width", 4L),
                PyType.isTrue(argument(args, kwargs, 1, "first", false)), PyType.isTrue(argument(args, kwargs, 2, "blank", false))));
        put("int", (value, args, kwargs) -> toInt(value, argument(args, kwargs, 0, "default", 0L), PyType.asLong(argument(args, kwargs, 1, "base", 10L))));
        put("items", (value, args, kwargs) -> items(value));
        put("length", (value, args, kwargs) -> length(value), "count");
        put("list", (value, args, kwargs) -> new PyList(PyAccess.iterate(value)));
        put("lower", (value, args, kwargs) -> PyText.str(value).toLowerCase(Locale.ROOT));
        put("replace", (value, args, kwargs) -> StringMethods.replace(PyText.str(value), PyText.str(argument(args, kwargs, 0, "old", null)),
                PyText.str(argument(args, kwargs, 1, "new", null)), count(argument(args, kwargs, 2, "count", null))));
        put("round", (value, args, kwargs) -> round(PyType.asDouble(value), (int) PyType.asLong(argument(args, kwargs, 0, "precision", 0L)),
                PyText.str(argument(args, kwargs, 1, "method", "common"))));
        put("safe", (value, args, kwargs) -> PyText.str(value));
        put("string", (value, args, kwargs) -> PyText.str(value));
        put("title", (value, args, kwargs) -> titleWords(PyText.str(value)));
        put("tojson", Filters::toJson);
        put("trim", (value, args, kwargs) -> StringMethods.strip(PyText.str(value), argument(args, kwargs, 0, "chars", null), true, true));
        put("truncate", (value, args, kwargs) -> truncate(PyText.str(value), (int) PyType.asLong(argument(args, kwargs, 0, "length", 255L)),
                PyType.isTrue(argument(args, kwargs, 1, "killwords", false)), PyText.str(argument(args, kwargs, 2, "end", "...")),
                argument(args, kwargs, 3, "leeway", null)));
        put("upper", (value, args, kwargs) -> PyText.str(value).toUpperCase(Locale.ROOT));
        put("wordcount", (value, args, kwargs) -> words(PyText.str(value)));
        SequenceFilters.register(ALL);
    }

    private Filters() {
    }

    /** The filter of that name, or null. */
    static Filter find(String name) {
        return ALL.get(name);
    }

    /** The filter of that name, for filters that take one. */
    static Filter require(Object name) {
        var filter = find(PyText.str(name));
        if (filter == null) {
            throw new JinjaException("TemplateRuntimeError", "No filter named " + PyText.repr(name) + ".");
        }
        return filter;
    }

    static Object argument(List<Object> args, Map<String, Object> kwargs, int index, String name, Object otherwise) {
        return Callable.argument(args, kwargs, index, name, otherwise);
    }

    static long length(Object value) {
        return switch (value) {
            case String s -> s.codePointCount(0, s.length());
            case List<?> l -> l.size();
            case Map<?, ?> m -> m.size();
            case Undefined u -> 0;
            case null, default -> throw JinjaException.typeError("object of type '" + PyType.name(value) + "' has no len()");
        };
    }

    private static void put(String name, Filter filter, String... otherNames) {
        ALL.put(name, filter);
        for (var other : otherNames) {
            ALL.put(other, filter);
        }
    }

    private static Object attributeOnly(Object value, String name) {
        return value instanceof Map<?, ?> map && map.containsKey(name) && ContainerMethods.find(map, name) == null ? Undefined.attribute(value, name)
                : PyAccess.attribute(value, name);
    }

    private static Object defaultTo(Object value, List<Object> args, Map<String, Object> kwargs) {
        boolean falseToo = PyType.isTrue(argument(args, kwargs, 1, "boolean", false));
        return value instanceof Undefined || falseToo && !PyType.isTrue(value) ? argument(args, kwargs, 0, "default_value", "") : value;
    }

    private static Object dictSort(Object value, List<Object> args, Map<String, Object> kwargs) {
        boolean caseSensitive = PyType.isTrue(argument(args, kwargs, 0, "case_sensitive", false));
        int by = "value".equals(argument(args, kwargs, 1, "by", "key")) ? 1 : 0;
        Comparator<Object> order = Comparator.comparing(pair -> SequenceFilters.key(((PyTuple) pair).get(by), caseSensitive), PyOperators::compare);
        var items = items(value);
        items.sort(PyType.isTrue(argument(args, kwargs, 2, "reverse", false)) ? order.reversed() : order);
        return items;
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace(">", "&gt;").replace("<", "&lt;").replace("'", "&#39;").replace("\"", "&#34;");
    }

    private static Object toFloat(Object value, Object otherwise) {
        try {
            return value instanceof String s ? (Object) Double.parseDouble(s.strip().replace("_", "")) : PyType.asDouble(value);
        } catch (NumberFormatException | JinjaException e) {
            return otherwise;
        }
    }

    private static Object toInt(Object value, Object otherwise, long base) {
        try {
            if (value instanceof String s) {
                try {
                    return Long.parseLong(s.strip().replace("_", ""), (int) base);
                } catch (NumberFormatException e) {
                    return (long) Double.parseDouble(s.strip());
                }
            }
            return value instanceof Double d ? (Object) (long) (double) d : PyType.asLong(value);
        } catch (NumberFormatException | JinjaException e) {
            return otherwise;
        }
    }

    private static PyList items(Object value) {
        return switch (value) {
            case Map<?, ?> map -> ContainerMethods.items(map);
            case Undefined u -> new PyList();
            case null, default -> throw JinjaException.typeError("Can only get item pairs from a mapping.");
        };
    }

    private static String indent(String text, Object width, boolean first, boolean blank) {
        var indentation = width instanceof String s ? s : " ".repeat(Math.clamp(PyType.asLong(width), 0, 10_000));
        var lines = (text + "\n").split("\n", -1);
        var out = new StringBuilder();
        for (int i = 0; i < lines.length - 1; i++) {
            boolean indents = i == 0 ? first : blank || !lines[i].isEmpty();
            out.append(i == 0 ? "" : "\n").append(indents ? indentation : "").append(lines[i]);
        }
        return out.toString();
    }

    private static long count(Object count) {
        return count == null ? -1 : PyType.asLong(count);
    }

    private static Object round(double value, int precision, String method) {
        double scale = Math.pow(10, precision);
        return switch (method) {
            case "common" -> Double.parseDouble(PyFormat.fixed(value, Math.max(0, precision)));
            case "ceil" -> Math.ceil(value * scale) / scale;
            case "floor" -> Math.floor(value * scale) / scale;
            default -> throw new JinjaException("FilterArgumentError", "method must be common, ceil or floor");
        };
    }

    /** Words begin after white space or an opening bracket, unlike in str.title. */
    private static String titleWords(String text) {
        var out = new StringBuilder();
        boolean start = true;
        for (int c : text.codePoints().toArray()) {
            out.appendCodePoint(start ? Character.toUpperCase(c) : Character.toLowerCase(c));
            start = StringMethods.isSpace(c) || "-({[<".indexOf(c) >= 0;
        }
        return out.toString();
    }

    /** Hugging Face's: json.dumps as it is, without escapes for HTML. */
    private static Object toJson(Object value, List<Object> args, Map<String, Object> kwargs) {
        boolean ascii = PyType.isTrue(argument(args, kwargs, 0, "ensure_ascii", false));
        var indent = argument(args, kwargs, 1, "indent", null);
        var separators = argument(args, kwargs, 2, "separators", null);
        boolean sorted = PyType.isTrue(argument(args, kwargs, 3, "sort_keys", false));
        String indentation = indent == null ? null : indent instanceof String s ? s : " ".repeat(Math.clamp(PyType.asLong(indent), 0, 1000));
        String item = separators instanceof List<?> l ? PyText.str(l.get(0)) : indent == null ? ", " : ",";
        String key = separators instanceof List<?> l ? PyText.str(l.get(1)) : ": ";
        return new PyJson(ascii, indentation, item, key, sorted).dumps(value);
    }

    private static String truncate(String text, int length, boolean killWords, String end, Object leeway) {
        if (text.length() <= length + (leeway == null ? 5 : PyType.asLong(leeway))) {
            return text;
        }
        var cut = text.substring(0, Math.max(0, length - end.length()));
        return (killWords ? cut : cut.contains(" ") ? cut.substring(0, cut.lastIndexOf(' ')) : cut) + end;
    }

    private static long words(String text) {
        return WORD.matcher(text).results().count();
    }
}
