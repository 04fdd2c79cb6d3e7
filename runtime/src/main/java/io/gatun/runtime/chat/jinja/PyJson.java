package io.gatun.runtime.chat.jinja;

import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Python's json.dumps.
 *
 * @param ensureAscii whether other characters are escaped
 * @param indent put before each line once a level; null for all on one line
 */
record PyJson(boolean ensureAscii, String indent, String itemSeparator, String keySeparator, boolean sortKeys) {

    String dumps(Object value) {
        var out = new StringBuilder();
        write(value, 0, out);
        return out.toString();
    }

    private void write(Object value, int depth, StringBuilder out) {
        switch (value) {
            case null -> out.append("null");
            case Boolean b -> out.append(b);
            case Long l -> out.append(l);
            case Double d -> out.append(number(d));
            case String s -> string(s, out);
            case Map<?, ?> m -> object(m, depth, out);
            case List<?> l -> {
                out.append('[');
                items(l, depth, out, item -> write(item, depth + 1, out));
                out.append(']');
            }
            default -> throw JinjaException.typeError("Object of type " + PyType.name(value) + " is not JSON serializable");
        }
    }

    private void object(Map<?, ?> map, int depth, StringBuilder out) {
        Map<?, ?> entries = map;
        if (sortKeys) {
            var sorted = new TreeMap<Object, Object>(PyOperators::compare);
            sorted.putAll(map);
            entries = sorted;
        }
        out.append('{');
        items(entries.entrySet(), depth, out, entry -> {
            string(key(entry.getKey()), out);
            out.append(keySeparator);
            write(entry.getValue(), depth + 1, out);
        });
        out.append('}');
    }

    private <T> void items(Collection<T> items, int depth, StringBuilder out, Consumer<T> writer) {
        for (Iterator<T> iterator = items.iterator(); iterator.hasNext();) {
            newLine(depth + 1, out);
            writer.accept(iterator.next());
            Budget.requireLength(out.length());
            out.append(iterator.hasNext() ? itemSeparator : "");
        }
        if (!items.isEmpty()) {
            newLine(depth, out);
        }
    }

    private void newLine(int depth, StringBuilder out) {
        if (indent != null) {
            out.append('\n').append(indent.repeat(depth));
        }
    }

    private static String key(Object key) {
        return switch (key) {
            case String s -> s;
            case null -> "null";
            case Boolean b -> b.toString();
            case Long l -> l.toString();
            case Double d -> number(d);
            default -> throw JinjaException.typeError("keys must be str, int, float, bool or None, not " + PyType.name(key));
        };
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "NaN" : Double.isInfinite(value) ? value > 0 ? "Infinity" : "-Infinity" : PyText.number(value);
    }

    private void string(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < ' ' || ensureAscii && c > '~') {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
