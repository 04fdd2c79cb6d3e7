package io.gatun.runtime.chat.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Jinja's filters on sequences. */
final class SequenceFilters {
    private static final String NOT_ITERABLE = "argument must be iterable";

    private record Keyed(Object key, Object item) {
    }

    private SequenceFilters() {
    }

    static void register() {
        Filters.put("batch", "do_batch(value | linecount, fill_with=)", (value, args, kwargs) -> {
            var size = PyType.asLong(Filters.argument(args, kwargs, 0, "linecount", null));
            var fill = Filters.argument(args, kwargs, 1, "fill_with", null);
            return new PyIterable.Generator(() -> batch(PyAccess.iterate(value), size, fill).iterator());
        });
        Filters.put("first", "sync_do_first(environment, seq)", (value, args, kwargs) -> {
            var items = value instanceof PyIterable iterable ? iterable.iterator() : PyAccess.iterate(value).iterator();
            return items.hasNext() ? items.next() : Undefined.because("No first item, sequence was empty.");
        });
        Filters.put("last", "do_last(environment, seq)", (value, args, kwargs) -> {
            var items = reversible(value);
            return items.isEmpty() ? Undefined.because("No last item, sequence was empty.") : items.getLast();
        });
        Filters.put("groupby", "sync_do_groupby(environment, value | attribute, default=, case_sensitive=)", SequenceFilters::groupBy);
        Filters.put("join", "sync_do_join(eval_ctx, value | d=, attribute=)", SequenceFilters::join);
        Filters.put("map", "", (value, args, kwargs) -> lazily(value, items -> items.map(mapping(args, kwargs))));
        Filters.put("max", "do_max(environment, value | case_sensitive=, attribute=)", (value, args, kwargs) -> extreme(value, args, kwargs, ">"));
        Filters.put("min", "do_min(environment, value | case_sensitive=, attribute=)", (value, args, kwargs) -> extreme(value, args, kwargs, "<"));
        Filters.put("reject", "", (value, args, kwargs) -> lazily(value, items -> items.filter(test(args, 0, Function.identity()).negate())));
        Filters.put("rejectattr", "", (value, args, kwargs) -> lazily(value, items -> items.filter(attributeTest(args).negate())));
        Filters.put("reverse", "do_reverse(value)", (value, args, kwargs) -> reverse(value));
        Filters.put("select", "", (value, args, kwargs) -> lazily(value, items -> items.filter(test(args, 0, Function.identity()))));
        Filters.put("selectattr", "", (value, args, kwargs) -> lazily(value, items -> items.filter(attributeTest(args))));
        Filters.put("slice", "sync_do_slice(value | slices, fill_with=)", (value, args, kwargs) -> {
            long count = PyType.asLong(Filters.argument(args, kwargs, 0, "slices", null));
            var fill = Filters.argument(args, kwargs, 1, "fill_with", null);
            return new PyIterable.Generator(() -> slice(PyAccess.iterate(value), count, fill).iterator());
        });
        Filters.put("sort", "do_sort(environment, value | reverse=, case_sensitive=, attribute=)", SequenceFilters::sort);
        Filters.put("sum", "sync_do_sum(environment, iterable | attribute=, start=)", SequenceFilters::sum);
        Filters.put("unique", "sync_do_unique(environment, value | case_sensitive=, attribute=)", SequenceFilters::unique);
    }

    /** What strings are compared by. */
    static Object key(Object value, boolean caseSensitive) {
        return value instanceof String s && !caseSensitive ? s.toLowerCase(Locale.ROOT) : value;
    }

    /** Gets an attribute such as {@code a.b.0} of an item; the item itself for None. */
    private static Function<Object, Object> getter(Object attribute, Object otherwise) {
        if (attribute == null) {
            return Function.identity();
        }
        var path = attribute instanceof String name ? Arrays.stream(name.split("\\.", -1)).map(SequenceFilters::part).toList() : List.of(attribute);
        return item -> {
            var value = item;
            for (var part : path) {
                value = PyAccess.item(value, part);
                if (value instanceof Undefined && otherwise != null) {
                    value = otherwise;
                }
            }
            return value;
        };
    }

    private static Object part(String name) {
        return !name.isEmpty() && name.chars().allMatch(Character::isDigit) ? (Object) Long.parseLong(name) : name;
    }

    private static Predicate<Object> attributeTest(List<Object> args) {
        if (args.isEmpty()) {
            throw new JinjaException("FilterArgumentError", "Missing parameter for attribute name");
        }
        return test(args, 1, getter(args.get(0), null));
    }

    private static Predicate<Object> test(List<Object> args, int index, Function<Object, Object> getter) {
        if (index >= args.size()) {
            return item -> PyType.isTrue(getter.apply(item));
        }
        var test = Tests.require(args.get(index));
        var rest = args.subList(index + 1, args.size());
        return item -> test.test(getter.apply(item), rest);
    }

    /** Items of a value through {@code pipe} once they are asked for; none of one that is false. */
    private static PyIterable.Generator lazily(Object value, UnaryOperator<Stream<Object>> pipe) {
        return new PyIterable.Generator(() -> PyType.isTrue(value) ? pipe.apply(PyAccess.iterate(value).stream()).iterator() : Collections.emptyIterator());
    }

    private static Function<Object, Object> mapping(List<Object> args, Map<String, Object> kwargs) {
        if (args.isEmpty() && kwargs.containsKey("attribute")) {
            for (var name : kwargs.keySet()) {
                if (!name.equals("attribute") && !name.equals("default")) {
                    throw new JinjaException("FilterArgumentError", "Unexpected keyword argument " + PyText.repr(name));
                }
            }
            return getter(kwargs.get("attribute"), kwargs.get("default"));
        }
        if (args.isEmpty()) {
            throw new JinjaException("FilterArgumentError", "map requires a filter argument");
        }
        var filter = Filters.require(args.get(0));
        var rest = args.subList(1, args.size());
        return item -> filter.apply(item, rest, kwargs);
    }

    private static Object join(Object value, List<Object> args, Map<String, Object> kwargs) {
        var separator = PyText.str(Filters.argument(args, kwargs, 0, "d", ""));
        var getter = getter(Filters.argument(args, kwargs, 1, "attribute", null), null);
        var out = new StringBuilder();
        boolean first = true;
        for (var item : PyAccess.iterate(value)) {
            var text = PyText.str(getter.apply(item));
            Budget.requireLength((long) out.length() + separator.length() + text.length());
            out.append(first ? "" : separator).append(text);
            first = false;
        }
        return out.toString();
    }

    /** What is compared: attributes with commas between them. */
    private static Function<Object, Object> sortKey(Object attribute, boolean caseSensitive) {
        var names = attribute instanceof String text ? Arrays.stream(text.split(",", -1)).toList() : Collections.singletonList(attribute);
        var getters = names.stream().map(name -> getter(name, null)).toList();
        return item -> {
            var keys = new PyList();
            getters.forEach(getter -> keys.add(key(getter.apply(item), caseSensitive)));
            return keys;
        };
    }

    /** As Python sorts: all keys come first, and equal items keep their order, also where the greatest comes first. */
    static PyList sorted(List<Object> items, Function<Object, Object> key, boolean descending) {
        var keyed = new ArrayList<Keyed>();
        items.forEach(item -> keyed.add(new Keyed(key.apply(item), item)));
        var order = Comparator.comparing(Keyed::key, PyOperators::compare);
        var sorted = new PyList();
        (descending ? keyed.reversed() : keyed).stream().sorted(order).forEach(one -> sorted.add(one.item()));
        return descending ? new PyList(sorted.reversed()) : sorted;
    }

    private static Object sort(Object value, List<Object> args, Map<String, Object> kwargs) {
        var key = sortKey(Filters.argument(args, kwargs, 2, "attribute", null), PyType.isTrue(Filters.argument(args, kwargs, 1, "case_sensitive", false)));
        return sorted(PyAccess.iterate(value), key, PyType.isTrue(Filters.argument(args, kwargs, 0, "reverse", false)));
    }

    private static Object sum(Object value, List<Object> args, Map<String, Object> kwargs) {
        var getter = getter(Filters.argument(args, kwargs, 0, "attribute", null), null);
        var sum = Filters.argument(args, kwargs, 1, "start", 0L);
        var items = PyAccess.iterate(value);
        if (sum instanceof String) {
            throw JinjaException.typeError("sum() can't sum strings [use ''.join(seq) instead]");
        }
        for (var item : items) {
            sum = PyOperators.add(sum, getter.apply(item));
        }
        return sum;
    }

    private static Object extreme(Object value, List<Object> args, Map<String, Object> kwargs, String operator) {
        var items = PyAccess.iterate(value);
        if (items.isEmpty()) {
            return Undefined.because("No aggregated item, sequence was empty.");
        }
        boolean caseSensitive = PyType.isTrue(Filters.argument(args, kwargs, 0, "case_sensitive", false));
        var getter = getter(Filters.argument(args, kwargs, 1, "attribute", null), null);
        var best = items.getFirst();
        for (var item : items.subList(1, items.size())) {
            if (PyOperators.ordered(operator, key(getter.apply(item), caseSensitive), key(getter.apply(best), caseSensitive))) {
                best = item;
            }
        }
        return best;
    }

    private static Object unique(Object value, List<Object> args, Map<String, Object> kwargs) {
        boolean caseSensitive = PyType.isTrue(Filters.argument(args, kwargs, 0, "case_sensitive", false));
        var getter = getter(Filters.argument(args, kwargs, 1, "attribute", null), null);
        var seen = new PyDict();
        return new PyIterable.Generator(() -> PyAccess.iterate(value).stream().filter(item -> {
            var key = key(getter.apply(item), caseSensitive);
            PyType.requireHashable(key);
            boolean isNew = !seen.containsKey(key);
            seen.put(key, true);
            return isNew;
        }).iterator());
    }

    private static Object groupBy(Object value, List<Object> args, Map<String, Object> kwargs) {
        boolean caseSensitive = PyType.isTrue(Filters.argument(args, kwargs, 2, "case_sensitive", false));
        var getter = getter(Filters.argument(args, kwargs, 0, "attribute", null), Filters.argument(args, kwargs, 1, "default", null));
        Function<Object, Object> key = item -> key(getter.apply(item), caseSensitive);
        var groups = new PyList();
        PyList group = null;
        for (var item : sorted(PyAccess.iterate(value), key, false)) {
            if (group == null || !PyOperators.equal(key.apply(group.getFirst()), key.apply(item))) {
                group = new PyList();
                groups.add(new PyTuple.Group(getter.apply(item), group));
            }
            group.add(item);
        }
        return groups;
    }

    private static Object reverse(Object value) {
        return switch (value) {
            case String s -> new StringBuilder(s).reverse().toString();
            case PyTuple t -> new PyIterable.Generator("reversed", () -> t.reversed().iterator());
            case List<?> l -> new PyIterable.Generator("list_reverseiterator", () -> l.reversed().iterator());
            case Map<?, ?> m -> new PyIterable.Generator("dict_reversekeyiterator", () -> new PyList(m.keySet()).reversed().iterator());
            case PyIterable.Range r -> new PyIterable.Generator("range_iterator", () -> r.numbers().reversed().iterator());
            case PyIterable.View v -> new PyIterable.Generator("dict_reverseitemiterator", () -> v.items().reversed().iterator());
            case PyIterable.Generator g -> reverseItems(g);
            case Undefined u -> new PyIterable.Generator("reversed", Collections::emptyIterator);
            case null, default -> throw new JinjaException("FilterArgumentError", NOT_ITERABLE);
        };
    }

    private static Object reverseItems(PyIterable.Generator generator) {
        try {
            return new PyList(PyAccess.iterate(generator).reversed());
        } catch (JinjaException e) {
            throw e.type().equals("TypeError") ? new JinjaException("FilterArgumentError", NOT_ITERABLE) : e;
        }
    }

    /** Items of what Python can go through from behind. */
    private static List<Object> reversible(Object value) {
        if (value == null || value instanceof PyIterable.Generator || value instanceof Callable || value instanceof Namespace || PyType.isNumber(value)) {
            throw JinjaException.typeError("'" + PyType.name(value) + "' object is not reversible");
        }
        return PyAccess.iterate(value);
    }

    private static PyList batch(List<Object> items, long size, Object fill) {
        var batches = new PyList();
        var batch = new PyList();
        for (var item : items) {
            if (batch.size() == size) {
                batches.add(batch);
                batch = new PyList();
            }
            batch.add(item);
        }
        if (!batch.isEmpty()) {
            if (fill != null && batch.size() < size) {
                batch.addAll((List<?>) PyOperators.multiply(new PyList(Collections.singletonList(fill)), size - batch.size()));
            }
            batches.add(batch);
        }
        return batches;
    }

    private static PyList slice(List<Object> items, long count, Object fill) {
        if (count == 0) {
            throw new JinjaException("ZeroDivisionError", "integer division or modulo by zero");
        }
        Budget.requireLength(count);
        var slices = new PyList();
        int from = 0;
        for (int i = 0; i < count; i++) {
            boolean isLonger = i < items.size() % count;
            int to = from + (int) (items.size() / count) + (isLonger ? 1 : 0);
            var slice = new PyList(items.subList(from, to));
            if (fill != null && !isLonger) {
                slice.add(fill);
            }
            slices.add(slice);
            from = to;
        }
        return slices;
    }
}
