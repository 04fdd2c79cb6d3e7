package io.gatun.runtime.chat.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Jinja's filters on single values, by name; those on sequences are {@link SequenceFilters}. */
final class Filters {
    private static final Map<String, Filter> ALL = new HashMap<>();
    private static final int DEFAULT_LEEWAY = 5;
    /** Beyond so many digits a double has none. */
    private static final int MAX_PRECISION = 400;
    private static final Pattern WORD_BEGIN = Pattern.compile("(?<=[-\\s({\\[<])", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}_]+");

    static {
        put("abs", "", (value, args, kwargs) -> {
            Signature.checkBuiltIn("builtins", "abs", 0, 0, args, kwargs);
            return absolute(value);
        });
        put("attr", "do_attr(environment, obj | name)", (value, args, kwargs) -> attributeOnly(value, PyText.str(args.get(0))));
        put("capitalize", "do_capitalize(s)", (value, args, kwargs) -> StringMethods.capitalize(PyText.str(value)));
        put("center", "do_center(value | width=)", (value, args, kwargs) -> StringMethods.center(PyText.str(value), PyType.asLong(argument(args, kwargs, 0, "width", 80L)), " "));
        put("default", "do_default(value | default_value=, boolean=)", Filters::defaultTo, "d");
        put("dictsort", "do_dictsort(value | case_sensitive=, by=, reverse=)", Filters::dictSort);
        put("escape", "escape(s)", (value, args, kwargs) -> escape(PyText.str(value)), "e", "forceescape");
        put("float", "do_float(value | default=)", (value, args, kwargs) -> toFloat(value, argument(args, kwargs, 0, "default", 0.0)));
        put("format", "", (value, args, kwargs) -> {
            if (!args.isEmpty() && !kwargs.isEmpty()) {
                throw new JinjaException("FilterArgumentError", "can't handle positional and keyword arguments at the same time");
            }
            return PyPercent.format(PyText.str(value), kwargs.isEmpty() ? new PyTuple(args) : PyType.of(kwargs));
        });
        put("indent", "do_indent(s | width=, first=, blank=)", (value, args, kwargs) -> indent(value, argument(args, kwargs, 0, "width", 4L),
                PyType.isTrue(argument(args, kwargs, 1, "first", false)), PyType.isTrue(argument(args, kwargs, 2, "blank", false))));
        put("int", "do_int(value | default=, base=)", (value, args, kwargs) -> toInt(value, argument(args, kwargs, 0, "default", 0L), (int) PyType.asLong(argument(args, kwargs, 1, "base", 10L))));
        put("items", "do_items(value)", (value, args, kwargs) -> items(value));
        put("length", "", (value, args, kwargs) -> {
            Signature.checkBuiltIn("builtins", "len", 0, 0, args, kwargs);
            return length(value);
        }, "count");
        put("list", "sync_do_list(eval_ctx, value)", (value, args, kwargs) -> new PyList(PyAccess.iterate(value)));
        put("lower", "do_lower(s)", (value, args, kwargs) -> PyText.str(value).toLowerCase(Locale.ROOT));
        put("replace", "do_replace(eval_ctx, s | old, new, count=)", (value, args, kwargs) -> StringMethods.replace(PyText.str(value), PyText.str(argument(args, kwargs, 0, "old", null)),
                PyText.str(argument(args, kwargs, 1, "new", null)), count(argument(args, kwargs, 2, "count", null))));
        put("round", "do_round(value | precision=, method=)", (value, args, kwargs) -> round(value, PyType.asLong(argument(args, kwargs, 0, "precision", 0L)),
                PyText.str(argument(args, kwargs, 1, "method", "common"))));
        put("safe", "do_mark_safe(value)", (value, args, kwargs) -> PyText.str(value));
        put("string", "soft_str(s)", (value, args, kwargs) -> PyText.str(value));
        put("title", "do_title(s)", (value, args, kwargs) -> titleWords(PyText.str(value)));
        put("tojson", "tojson(x | ensure_ascii=, indent=, separators=, sort_keys=)", Filters::toJson);
        put("trim", "do_trim(value | chars=)", (value, args, kwargs) -> StringMethods.strip(PyText.str(value), argument(args, kwargs, 0, "chars", null), true, true));
        put("truncate", "do_truncate(env, s | length=, killwords=, end=, leeway=)", (value, args, kwargs) -> truncate(value, PyType.asLong(argument(args, kwargs, 0, "length", 255L)),
                PyType.isTrue(argument(args, kwargs, 1, "killwords", false)), PyText.str(argument(args, kwargs, 2, "end", "...")),
                argument(args, kwargs, 3, "leeway", null)));
        put("upper", "do_upper(s)", (value, args, kwargs) -> PyText.str(value).toUpperCase(Locale.ROOT));
        put("wordcount", "do_wordcount(s)", (value, args, kwargs) -> words(PyText.str(value)));
        SequenceFilters.register();
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
            case PyIterable.Range r -> r.size();
            case PyIterable.View v -> v.items().size();
            case LoopContext l -> (long) l.attribute("length");
            case null, default -> throw JinjaException.typeError("object of type '" + PyType.name(value) + "' has no len()");
        };
    }

    /** @param signature as {@link Signature#of} reads it; empty where the filter checks its arguments itself */
    static void put(String name, String signature, Filter filter, String... otherNames) {
        var parsed = signature.isEmpty() ? null : Signature.of(signature);
        Filter checked = parsed == null ? filter : (value, args, kwargs) -> {
            parsed.check(args, kwargs);
            return filter.apply(value, args, kwargs);
        };
        ALL.put(name, checked);
        for (var other : otherNames) {
            ALL.put(other, checked);
        }
    }

    private static Object absolute(Object value) {
        if (!PyType.isNumber(value)) {
            throw JinjaException.typeError("bad operand type for abs(): '" + PyType.name(value) + "'");
        }
        return value instanceof Double d ? (Object) Math.abs(d) : Math.absExact(PyType.asLong(value));
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
        var by = argument(args, kwargs, 1, "by", "key");
        if (!"key".equals(by) && !"value".equals(by)) {
            throw new JinjaException("FilterArgumentError", "You can only sort by either \"key\" or \"value\"");
        }
        if (value instanceof Undefined u) {
            throw u.used();
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw new JinjaException("AttributeError", "'" + PyType.name(value) + "' object has no attribute 'items'");
        }
        int index = "key".equals(by) ? 0 : 1;
        return SequenceFilters.sorted(ContainerMethods.items(map), pair -> SequenceFilters.key(((PyTuple) pair).get(index), caseSensitive),
                PyType.isTrue(argument(args, kwargs, 2, "reverse", false)));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace(">", "&gt;").replace("<", "&lt;").replace("'", "&#39;").replace("\"", "&#34;");
    }

    private static Object toFloat(Object value, Object otherwise) {
        return switch (value) {
            case String s -> PyLiteral.parseFloat(s).isPresent() ? (Object) PyLiteral.parseFloat(s).getAsDouble() : otherwise;
            case Undefined u -> throw u.used();
            case null, default -> PyType.isNumber(value) ? (Object) PyType.asDouble(value) : otherwise;
        };
    }

    private static Object toInt(Object value, Object otherwise, int base) {
        var whole = value instanceof String s ? PyLiteral.parseInt(s, base) : OptionalLong.empty();
        if (whole.isPresent()) {
            return whole.getAsLong();
        }
        if (value instanceof Boolean || value instanceof Long) {
            return PyType.asLong(value);
        }
        return toFloat(value, null) instanceof Double d && Double.isFinite(d) ? PyLiteral.truncate(d) : otherwise;
    }

    private static Object items(Object value) {
        return switch (value) {
            case Map<?, ?> map -> new PyIterable.Generator(() -> ContainerMethods.items(map).iterator());
            case Undefined u -> new PyIterable.Generator(Collections::emptyIterator);
            case null, default -> new PyIterable.Generator(() -> {
                throw JinjaException.typeError("Can only get item pairs from a mapping.");
            });
        };
    }

    private static String indent(Object value, Object width, boolean first, boolean blank) {
        if (value instanceof Undefined u) {
            throw u.used();
        }
        if (!(value instanceof String text)) {
            if (value instanceof PyList) {
                throw new JinjaException("AttributeError", "'list' object has no attribute 'splitlines'");
            }
            throw JinjaException.typeError(value instanceof PyTuple ? "can only concatenate tuple (not \"str\") to tuple" : "unsupported operand type(s) for +=: '" + PyType.name(value) + "' and 'str'");
        }
        var indentation = width instanceof String s ? s : (String) PyOperators.multiply(" ", width);
        var lines = StringMethods.splitLines(text + "\n", false);
        var out = new StringBuilder(first ? indentation : "");
        for (int i = 0; i < lines.size(); i++) {
            var line = (String) lines.get(i);
            Budget.requireLength((long) out.length() + indentation.length() + line.length());
            out.append(i == 0 ? "" : "\n").append(i > 0 && (blank || !line.isEmpty()) ? indentation : "").append(line);
        }
        return out.toString();
    }

    private static long count(Object count) {
        return count == null ? -1 : PyType.asLong(count);
    }

    private static Object round(Object value, long precision, String method) {
        if (!method.equals("common") && !method.equals("ceil") && !method.equals("floor")) {
            throw new JinjaException("FilterArgumentError", "method must be common, ceil or floor");
        }
        if (method.equals("common")) {
            if (!PyType.isNumber(value)) {
                throw JinjaException.typeError("type " + PyType.name(value) + " doesn't define __round__ method");
            }
            double number = PyType.asDouble(value);
            if (!Double.isFinite(number) || precision > MAX_PRECISION) {
                return value;
            }
            var exact = value instanceof Double ? new BigDecimal(number) : BigDecimal.valueOf(PyType.asLong(value));
            var rounded = exact.setScale((int) Math.max(precision, -MAX_PRECISION), RoundingMode.HALF_EVEN);
            return value instanceof Double ? (Object) Math.copySign(rounded.doubleValue(), number) : precision >= 0 ? PyType.asLong(value) : rounded.longValueExact();
        }
        var scale = PyOperators.power(10L, precision);
        double scaled = PyType.asDouble(PyOperators.multiply(value, scale));
        return PyOperators.divide(PyLiteral.truncate(method.equals("ceil") ? Math.ceil(scaled) : Math.floor(scaled)), scale);
    }

    /** Words begin after white space, a hyphen or an opening bracket, unlike in str.title. */
    private static String titleWords(String text) {
        return WORD_BEGIN.splitAsStream(text).map(word -> word.isEmpty() ? word : capitalizedWord(word)).collect(Collectors.joining());
    }

    private static String capitalizedWord(String word) {
        int first = word.offsetByCodePoints(0, 1);
        return word.substring(0, first).toUpperCase(Locale.ROOT) + word.substring(first).toLowerCase(Locale.ROOT);
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

    private static Object truncate(Object value, long length, boolean killWords, String end, Object leeway) {
        long room = leeway == null ? DEFAULT_LEEWAY : PyType.asLong(leeway);
        long kept = length - end.codePointCount(0, end.length());
        if (kept < 0 || room < 0) {
            throw new JinjaException("AssertionError", kept < 0 ? "expected length >= " + (length - kept) + ", got " + length : "expected leeway >= 0, got " + room);
        }
        if (length(value) <= length + room) {
            return value;
        }
        var cut = (String) PyAccess.slice(PyText.str(value), null, kept, null);
        return (killWords || !cut.contains(" ") ? cut : cut.substring(0, cut.lastIndexOf(' '))) + end;
    }

    private static long words(String text) {
        return WORD.matcher(text).results().count();
    }
}
