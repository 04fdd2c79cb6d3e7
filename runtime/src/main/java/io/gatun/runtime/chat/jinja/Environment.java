package io.gatun.runtime.chat.jinja;

import java.util.Map;

/**
 * What templates find without being given it.
 *
 * @param globals functions by name
 */
record Environment(Map<String, Object> globals) {
}
