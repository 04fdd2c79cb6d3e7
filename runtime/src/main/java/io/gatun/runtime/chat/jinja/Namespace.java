package io.gatun.runtime.chat.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Variables that a template may set from an inner scope.
 *
 * @param attributes by name
 */
record Namespace(Map<String, Object> attributes) {

    static Namespace of(Map<String, Object> attributes) {
        return new Namespace(new LinkedHashMap<>(attributes));
    }
}
