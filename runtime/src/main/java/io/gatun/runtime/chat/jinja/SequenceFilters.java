package io.gatun.runtime.chat.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/** Jinja's filters on sequences. */
final class SequenceFilters {
    private SequenceFilters() {
    }

    static void register(Map<String, Filter> all) {
        all.put("batch", (value, args, kwargs) -> batch(PyAccess.iterate(value), (int) PyType.asLong(args.get(0)), Filters.argument(args, kwargs, 1, "fill_with", null)));
        all.put("first", (value, args, kwargs) -> {
            var items = PyAccess.iterate(value);
            return items.isEmpty() ? Undefined.because("No first item, sequence was empty.") : items.getFirst();
        });
        all.put("last", (value, args, kwargs) -> {
            var items = PyAccess.iterate(value);
            return items.isEmpty() ? Undefined.because("No last item, sequence was empty.") : items.getLast();
        });
        all.put("groupby", (value, args, kwargs) -> groupBy(value, args, kwargs));
        all.put("join", (value, args, kwargs) -> join(value, args, kwargs));
        all.put("map", SequenceFilters::map);
        all.put("max", (value, args, kwargs) -> extreme(value, args, kwargs, true));
        all.put("min", (value, args, kwargs) -> extreme(value, args, kwargs, false));
        all.put("reject", (value, args, kwargs) -> keep(value, test(args, 0, Function.identity()).negate()));
        all.put("rejectattr", (value, args, kwargs) -> keep(value, test(args, 1, getter(args.get(0), null)).negate()));
        all.put("reverse", (value, args, kwargs) -> reverse(value));
        all.put("select", (value, args, kwargs) -> keep(value, test(args, 0, Function.identity())));
        all.put("selectattr", (value, args, kwargs) -> keep(value, test(args, 1, getter(args.get(0), null))));
        all.put("slice", (value, args, kwargs) -> slice(PyAccess.iterate(value), (int) PyType.asLong(args.get(0)), Filters.argument(args, kwargs, 1, "fill_with", null)));
        all.put("sort", (value, args, kwargs) -> sort(value, args, kwargs));
        all.put("sum", (value, args, kwargs) -> {
            var getter = getter(Filters.argument(args, kwargs, 0, "attribute", null), null);
            return PyAccess.iterate(value).stream().map(getter).reduce(Filters.argument(args, kwargs, 1, "start", 0L), PyOperators::add);
        });
        all.put("unique", (value, args, kwargs) -> unique(value, args, kwargs));
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
        var path = PyText.str(attribute).split("\\.");
        return item -> {
            var value = item;
            for (var part : path) {
                value = PyAccess.item(value, part.chars().allMatch(Character::isDigit) ? (Object) Long.parseLong(part) : part);
                if (value instanceof Undefined && otherwise != null) {
                    return otherwise;
                }
            }
            return value;
        };
    }

    private static Predicate<Object> test(List<Object> args, int index, Function<Object, Object> getter) {
        if (index >= args.size()) {
            return item -> PyType.isTrue(getter.apply(item));
        }
        var test = Tests.require(args.get(index));
        var rest = args.subList(index + 1, args.size());
        return item -> test.test(getter.apply(item), rest);
    }

    private static PyList keep(Object value, Predicate<Object> test) {
        var kept = new PyList();
        for (var item : PyAccess.iterate(value)) {
            if (test.test(item)) {
                kept.add(item);
            }
        }
        return kept;
    }

    private static Object map(Object value, List<Object> args, Map<String, Object> kwargs) {
        Function<Object, Object> function;
        if (kwargs.containsKey("attribute")) {
            function = getter(kwargs.get("attribute"), kwargs.get("default"));
        } else {
            if (args.isEmpty()) {
                throw new JinjaException("FilterArgumentError", "map requires a filter argument");
            }
            var filter = Filters.require(args.get(0));
            var rest = args.subList(1, args.size());
            function = item -> filter.apply(item, rest, kwargs);
        }
        var mapped = new PyList();
        PyAccess.iterate(value).forEach(item -> mapped.add(function.apply(item)));
        return mapped;
    }

    private static Object join(Object value, List<Object> args, Map<String, Object> kwargs) {
        var separator = PyText.str(Filters.argument(args, kwargs, 0, "d", ""));
        var getter = getter(Filters.argument(args, kwargs, 1, "attribute", null), null);
        var out = new StringBuilder();
        boolean first = true;
        for (var item : PyAccess.iterate(value)) {
            out.append(first ? "" : separator).append(PyText.str(getter.apply(item)));
            first = false;
        }
        return out.toString();
    }

    private static Comparator<Object> order(Object attribute, boolean caseSensitive) {
        var getters = attribute == null ? List.of(getter(null, null))
                : List.of(PyText.str(attribute).split(",")).stream().map(name -> getter(name, null)).toList();
        return (a, b) -> {
            for (var getter : getters) {
                int order = PyOperators.compare(key(getter.apply(a), caseSensitive), key(getter.apply(b), caseSensitive));
                if (order != 0) {
                    return order;
                }
            }
            return 0;
        };
    }

    private static Object sort(Object value, List<Object> args, Map<String, Object> kwargs) {
        var sorted = new ArrayList<>(PyAccess.iterate(value));
        var order = order(Filters.argument(args, kwargs, 2, "attribute", null), PyType.isTrue(Filters.argument(args, kwargs, 1, "case_sensitive", false)));
        sorted.sort(PyType.isTrue(Filters.argument(args, kwargs, 0, "reverse", false)) ? order.reversed() : order);
        return new PyList(sorted);
    }

    private static Object extreme(Object value, List<Object> args, Map<String, Object> kwargs, boolean greatest) {
        var items = PyAccess.iterate(value);
        if (items.isEmpty()) {
            return Undefined.because("No aggregated item, sequence was empty.");
        }
        var order = order(Filters.argument(args, kwargs, 1, "attribute", null), PyType.isTrue(Filters.argument(args, kwargs, 0, "case_sensitive", false)));
        var best = items.getFirst();
        for (var item : items) {
            int comparison = order.compare(item, best);
            if (greatest ? comparison > 0 : comparison < 0) {
                best = item;
            }
        }
        return best;
    }

    private static Object unique(Object value, List<Object> args, Map<String, Object> kwargs) {
        boolean caseSensitive = PyType.isTrue(Filters.argument(args, kwargs, 0, "case_sensitive", false));
        var getter = getter(Filters.argument(args, kwargs, 1, "attribute", null), null);
        var seen = new HashSet<Object>();
        return keep(value, item -> seen.add(key(getter.apply(item), caseSensitive)));
    }

    private static Object groupBy(Object value, List<Object> args, Map<String, Object> kwargs) {
        boolean caseSensitive = PyType.isTrue(Filters.argument(args, kwargs, 2, "case_sensitive", false));
        var getter = getter(args.get(0), Filters.argument(args, kwargs, 1, "default", null));
        var sorted = new ArrayList<>(PyAccess.iterate(value));
        sorted.sort(Comparator.comparing(item -> key(getter.apply(item), caseSensitive), PyOperators::compare));
        var groups = new PyList();
        for (var item : sorted) {
            var grouper = getter.apply(item);
            if (groups.isEmpty() || !PyOperators.equal(key(((PyTuple) groups.getLast()).get(0), caseSensitive), key(grouper, caseSensitive))) {
                groups.add(PyTuple.of(grouper, new PyList()));
            }
            ((PyList) ((PyTuple) groups.getLast()).get(1)).add(item);
        }
        return groups;
    }

    private static Object reverse(Object value) {
        if (value instanceof String s) {
            return new StringBuilder(s).reverse().toString();
        }
        var items = new PyList(PyAccess.iterate(value));
        Collections.reverse(items);
        return items;
    }

    private static PyList batch(List<Object> items, int size, Object fill) {
        var batches = new PyList();
        for (int from = 0; from < items.size(); from += size) {
            var batch = new PyList(items.subList(from, Math.min(items.size(), from + size)));
            while (fill != null && batch.size() < size) {
                batch.add(fill);
            }
            batches.add(batch);
        }
        return batches;
    }

    private static PyList slice(List<Object> items, int count, Object fill) {
        var slices = new PyList();
        int shortest = items.size() / count;
        int longer = items.size() % count;
        int from = 0;
        for (int i = 0; i < count; i++) {
            int to = from + shortest + (i < longer ? 1 : 0);
            var slice = new PyList(items.subList(from, to));
            if (fill != null && i >= longer) {
                slice.add(fill);
            }
            slices.add(slice);
            from = to;
        }
        return slices;
    }
}
