package io.gatun.runtime.chat.jinja;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The functions that templates find: Jinja's own, and those that Hugging Face adds. */
final class Functions {
    private static final long MAX_RANGE = 100_000;
    private static final Signature RAISE_EXCEPTION = Signature.of("raise_exception(| message)");
    private static final Signature STRFTIME_NOW = Signature.of("strftime_now(| format)");

    private Functions() {
    }

    /** @param clock what strftime_now reads */
    static Map<String, Object> all(Clock clock) {
        var all = new HashMap<String, Object>();
        put(all, "range", (args, kwargs) -> {
            if (!kwargs.isEmpty()) {
                throw JinjaException.typeError("safe_range() got an unexpected keyword argument " + PyText.repr(kwargs.keySet().iterator().next()));
            }
            return range(args);
        });
        put(all, "namespace", (args, kwargs) -> {
            var attributes = new PyDict();
            Signature.checkBuiltIn("dict", "dict", 0, 1, args, Map.of());
            args.forEach(argument -> update(attributes, argument));
            attributes.putAll(kwargs);
            return new Namespace(attributes);
        });
        put(all, "dict", (args, kwargs) -> {
            var dict = new PyDict();
            Signature.checkBuiltIn("dict", "dict", 0, 1, args, Map.of());
            args.forEach(argument -> update(dict, argument));
            dict.putAll(kwargs);
            return dict;
        });
        put(all, "joiner", (args, kwargs) -> {
            var separator = Callable.argument(args, kwargs, 0, "sep", ", ");
            boolean[] used = {false};
            return (Callable) (none, noneNamed) -> {
                boolean first = !used[0];
                used[0] = true;
                return first ? "" : separator;
            };
        });
        put(all, "raise_exception", (args, kwargs) -> {
            RAISE_EXCEPTION.check(args, kwargs);
            throw new JinjaException("TemplateError", PyText.str(Callable.argument(args, kwargs, 0, "message", null)));
        });
        put(all, "strftime_now", (args, kwargs) -> {
            STRFTIME_NOW.check(args, kwargs);
            return PyTime.format(PyText.str(Callable.argument(args, kwargs, 0, "format", null)), clock);
        });
        return all;
    }

    private static void put(Map<String, Object> all, String name, Callable function) {
        all.put(name, function);
    }

    private static void update(PyDict dict, Object argument) {
        if (argument instanceof Map<?, ?> map) {
            dict.putAll(map);
            return;
        }
        int index = 0;
        for (var pair : PyAccess.iterate(argument)) {
            if (!(pair instanceof String) && !(pair instanceof List<?>)) {
                throw JinjaException.typeError("cannot convert dictionary update sequence element #" + index + " to a sequence");
            }
            var items = PyAccess.iterate(pair);
            if (items.size() != 2) {
                throw JinjaException.valueError("dictionary update sequence element #" + index + " has length " + items.size() + "; 2 is required");
            }
            PyType.requireHashable(items.get(0));
            dict.put(items.get(0), items.get(1));
            index++;
        }
    }

    private static PyIterable.Range range(List<Object> args) {
        if (args.isEmpty() || args.size() > 3) {
            throw JinjaException.typeError("range expected " + (args.isEmpty() ? "at least 1 argument" : "at most 3 arguments") + ", got " + args.size());
        }
        long from = args.size() == 1 ? 0 : PyType.asLong(args.get(0));
        long to = PyType.asLong(args.get(args.size() == 1 ? 0 : 1));
        long step = args.size() == 3 ? PyType.asLong(args.get(2)) : 1;
        if (step == 0) {
            throw JinjaException.valueError("range() arg 3 must not be zero");
        }
        var range = new PyIterable.Range(from, to, step);
        if (range.size() > MAX_RANGE) {
            throw new JinjaException("OverflowError", "Range too big. The sandbox blocks ranges larger than MAX_RANGE (" + MAX_RANGE + ").");
        }
        return range;
    }
}
