package io.gatun.runtime.chat.jinja;

import java.util.List;

/** What {@code value is name(args)} asks. */
@FunctionalInterface
interface Test {
    boolean test(Object value, List<Object> args);
}
