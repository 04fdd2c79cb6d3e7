package io.gatun.runtime.chat.jinja;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The functions that templates find: Jinja's own, and those that Hugging Face adds. */
final class Functions {
    private static final long MAX_RANGE = 100_000;

    private Functions() {
    }

    /** @param clock what strftime_now reads */
    static Map<String, Object> all(Clock clock) {
        var all = new HashMap<String, Object>();
        put(all, "range", (args, kwargs) -> range(args));
        put(all, "namespace", (args, kwargs) -> {
            var attributes = new HashMap<String, Object>();
            args.forEach(argument -> ((Map<?, ?>) argument).forEach((key, value) -> attributes.put(PyText.str(key), value)));
            attributes.putAll(kwargs);
            return Namespace.of(attributes);
        });
        put(all, "dict", (args, kwargs) -> {
            var dict = new PyDict();
            args.forEach(argument -> {
                if (argument instanceof Map<?, ?> map) {
                    dict.putAll(map);
                } else {
                    PyAccess.iterate(argument).forEach(pair -> dict.put(((List<?>) pair).get(0), ((List<?>) pair).get(1)));
                }
            });
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
            throw new JinjaException("TemplateError", PyText.str(Callable.argument(args, kwargs, 0, "message", null)));
        });
        put(all, "strftime_now", (args, kwargs) -> PyTime.format(PyText.str(Callable.argument(args, kwargs, 0, "format", null)), clock));
        return all;
    }

    private static void put(Map<String, Object> all, String name, Callable function) {
        all.put(name, function);
    }

    private static PyList range(List<Object> args) {
        if (args.isEmpty() || args.size() > 3) {
            throw JinjaException.typeError("range expected " + (args.isEmpty() ? "at least 1 argument" : "at most 3 arguments") + ", got " + args.size());
        }
        long from = args.size() == 1 ? 0 : PyType.asLong(args.get(0));
        long to = PyType.asLong(args.get(args.size() == 1 ? 0 : 1));
        long step = args.size() == 3 ? PyType.asLong(args.get(2)) : 1;
        if (step == 0) {
            throw JinjaException.valueError("range() arg 3 must not be zero");
        }
        long count = Math.max(0, step > 0 ? Math.ceilDiv(to - from, step) : Math.ceilDiv(from - to, -step));
        if (count > MAX_RANGE) {
            throw new JinjaException("OverflowError", "Range too big. The sandbox blocks ranges larger than MAX_RANGE (" + MAX_RANGE + ").");
        }
        var numbers = new PyList();
        for (long i = 0; i < count; i++) {
            numbers.add(from + i * step);
        }
        return numbers;
    }
}
