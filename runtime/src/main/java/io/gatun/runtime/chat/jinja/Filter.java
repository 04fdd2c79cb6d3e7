package io.gatun.runtime.chat.jinja;

import java.util.List;
import java.util.Map;

/** What {@code value | name(args)} computes. */
@FunctionalInterface
interface Filter {
    Object apply(Object value, List<Object> args, Map<String, Object> kwargs);
}
