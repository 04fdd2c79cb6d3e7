package io.gatun.runtime.chat.jinja;

/**
 * Variables that a template may set from an inner scope.
 *
 * @param attributes by name
 */
record Namespace(PyDict attributes) {
}
