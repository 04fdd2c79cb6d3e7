package io.gatun.runtime.chat.jinja;

import java.util.List;
import java.util.Map;

/** What a template can call. */
@FunctionalInterface
interface Callable {
    Object call(List<Object> args, Map<String, Object> kwargs);

    /** Argument {@code index} or {@code name}, or {@code otherwise}. */
    static Object argument(List<Object> args, Map<String, Object> kwargs, int index, String name, Object otherwise) {
        return index < args.size() ? args.get(index) : kwargs.getOrDefault(name, otherwise);
    }
}
