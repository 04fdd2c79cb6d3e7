package io.gatun.runtime.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Methods of Python's str. */
final class StringMethods {
    private StringMethods() {
    }

    /** The method of that name, or null. */
    static Callable find(String text, String name) {
        return switch (name) {
            case "upper" -> (args, kwargs) -> text.toUpperCase(Locale.ROOT);
            case "lower", "casefold" -> (args, kwargs) -> text.toLowerCase(Locale.ROOT);
            case "title" -> (args, kwargs) -> title(text);
            case "capitalize" -> (args, kwargs) -> capitalize(text);
            case "swapcase" -> (args, kwargs) -> text.codePoints()
                    .map(c -> Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c))
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
            case "strip" -> (args, kwargs) -> strip(text, argument(args, 0), true, true);
            case "lstrip" -> (args, kwargs) -> strip(text, argument(args, 0), true, false);
            case "rstrip" -> (args, kwargs) -> strip(text, argument(args, 0), false, true);
            case "split" -> (args, kwargs) -> split(text, Callable.argument(args, kwargs, 0, "sep", null), limit(args, kwargs));
            case "rsplit" -> (args, kwargs) -> rsplit(text, Callable.argument(args, kwargs, 0, "sep", null), limit(args, kwargs));
            case "splitlines" -> (args, kwargs) -> splitLines(text, PyType.isTrue(Callable.argument(args, kwargs, 0, "keepends", false)));
            case "partition" -> (args, kwargs) -> partition(text, string(args, 0), text.indexOf(string(args, 0)), false);
            case "rpartition" -> (args, kwargs) -> partition(text, string(args, 0), text.lastIndexOf(string(args, 0)), true);
            case "startswith" -> (args, kwargs) -> any(args, text::startsWith);
            case "endswith" -> (args, kwargs) -> any(args, text::endsWith);
            case "replace" -> (args, kwargs) -> replace(text, string(args, 0), string(args, 1), args.size() > 2 ? PyType.asLong(args.get(2)) : -1);
            case "removeprefix" -> (args, kwargs) -> text.startsWith(string(args, 0)) ? text.substring(string(args, 0).length()) : text;
            case "removesuffix" -> (args, kwargs) -> text.endsWith(string(args, 0)) ? text.substring(0, text.length() - string(args, 0).length()) : text;
            case "find" -> (args, kwargs) -> position(text, text.indexOf(string(args, 0)));
            case "rfind" -> (args, kwargs) -> position(text, text.lastIndexOf(string(args, 0)));
            case "index" -> (args, kwargs) -> {
                if (!text.contains(string(args, 0))) {
                    throw JinjaException.valueError("substring not found");
                }
                return position(text, text.indexOf(string(args, 0)));
            };
            case "count" -> (args, kwargs) -> count(text, string(args, 0));
            case "join" -> (args, kwargs) -> join(text, args.get(0));
            case "format" -> (args, kwargs) -> PyFormat.format(text, args, kwargs);
            case "isdigit", "isdecimal", "isnumeric" -> (args, kwargs) -> all(text, Character::isDigit);
            case "isalpha" -> (args, kwargs) -> all(text, Character::isLetter);
            case "isalnum" -> (args, kwargs) -> all(text, Character::isLetterOrDigit);
            case "isspace" -> (args, kwargs) -> all(text, StringMethods::isSpace);
            case "isupper" -> (args, kwargs) -> text.codePoints().anyMatch(Character::isUpperCase) && text.codePoints().noneMatch(Character::isLowerCase);
            case "islower" -> (args, kwargs) -> text.codePoints().anyMatch(Character::isLowerCase) && text.codePoints().noneMatch(Character::isUpperCase);
            case "zfill" -> (args, kwargs) -> zfill(text, PyType.asLong(args.get(0)));
            case "center" -> (args, kwargs) -> center(text, PyType.asLong(args.get(0)), args.size() > 1 ? string(args, 1) : " ");
            case "ljust" -> (args, kwargs) -> text + padding(text, PyType.asLong(args.get(0)), args.size() > 1 ? string(args, 1) : " ");
            case "rjust" -> (args, kwargs) -> padding(text, PyType.asLong(args.get(0)), args.size() > 1 ? string(args, 1) : " ") + text;
            default -> null;
        };
    }

    /** Words begin with a capital, the rest is small. */
    static String title(String text) {
        var out = new StringBuilder();
        boolean inWord = false;
        for (int c : text.codePoints().toArray()) {
            out.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
            inWord = Character.isLetter(c);
        }
        return out.toString();
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.offsetByCodePoints(0, 1);
        return Character.toString(Character.toTitleCase(text.codePointAt(0))) + text.substring(first).toLowerCase(Locale.ROOT);
    }

    /** @param characters to take away; None for white space */
    static String strip(String text, Object characters, boolean left, boolean right) {
        IntPredicate taken = characters == null ? StringMethods::isSpace : c -> ((String) characters).indexOf(c) >= 0;
        int from = 0;
        int to = text.length();
        while (left && from < to && taken.test(text.codePointAt(from))) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (right && to > from && taken.test(text.codePointBefore(to))) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(from, to);
    }

    static String center(String text, long width, String fill) {
        int missing = padding(text, width, fill).codePointCount(0, padding(text, width, fill).length());
        int left = missing / 2 + (missing & (int) width & 1);
        return fill.repeat(left) + text + fill.repeat(missing - left);
    }

    static String join(String separator, Object items) {
        int[] index = {0};
        return PyAccess.iterate(items).stream().map(item -> {
            if (!(item instanceof String s)) {
                throw JinjaException.typeError("sequence item " + index[0] + ": expected str instance, " + PyType.name(item) + " found");
            }
            index[0]++;
            return s;
        }).collect(Collectors.joining(separator));
    }

    /** Python's str.isspace of one character. */
    static boolean isSpace(int c) {
        return Character.isWhitespace(c) || c == 0xa0 || c == 0x85 || c == 0x2007 || c == 0x202f;
    }

    private static Object argument(List<Object> args, int index) {
        return index < args.size() ? args.get(index) : null;
    }

    private static long limit(List<Object> args, Map<String, Object> kwargs) {
        return PyType.asLong(Callable.argument(args, kwargs, 1, "maxsplit", -1L));
    }

    private static String string(List<Object> args, int index) {
        if (index >= args.size()) {
            throw JinjaException.typeError("expected at least " + (index + 1) + " argument" + (index == 0 ? "" : "s") + ", got " + args.size());
        }
        if (args.get(index) instanceof String s) {
            return s;
        }
        if (args.get(index) instanceof Undefined u) {
            throw u.used();
        }
        throw JinjaException.typeError("must be str, not " + PyType.name(args.get(index)));
    }

    private static boolean any(List<Object> args, Predicate<String> test) {
        if (!args.isEmpty() && args.get(0) instanceof PyTuple options) {
            return options.stream().anyMatch(option -> test.test((String) option));
        }
        return test.test(string(args, 0));
    }

    private static boolean all(String text, IntPredicate test) {
        return !text.isEmpty() && text.codePoints().allMatch(test);
    }

    private static long position(String text, int index) {
        return index < 0 ? -1 : text.codePointCount(0, index);
    }

    private static long count(String text, String part) {
        if (part.isEmpty()) {
            return text.codePointCount(0, text.length()) + 1L;
        }
        long count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    static String replace(String text, String old, String replacement, long limit) {
        if (limit < 0) {
            return text.replace(old, replacement);
        }
        var out = new StringBuilder();
        int from = 0;
        for (long i = 0; i < limit; i++) {
            int at = text.indexOf(old, from);
            if (at < 0) {
                break;
            }
            out.append(text, from, at).append(replacement);
            from = at + old.length();
            if (old.isEmpty()) {
                if (from >= text.length()) {
                    break;
                }
                out.append(text.charAt(from++));
            }
        }
        return out.append(text.substring(from)).toString();
    }

    private static PyList split(String text, Object separator, long limit) {
        var parts = new PyList();
        if (separator == null) {
            int at = skip(text, 0, true);
            while (at < text.length()) {
                if (limit >= 0 && parts.size() == limit) {
                    parts.add(strip(text.substring(at), null, false, true));
                    return parts;
                }
                int end = skip(text, at, false);
                parts.add(text.substring(at, end));
                at = skip(text, end, true);
            }
            return parts;
        }
        var by = separator(separator);
        int from = 0;
        for (int at = text.indexOf(by); at >= 0 && (limit < 0 || parts.size() < limit); at = text.indexOf(by, from)) {
            parts.add(text.substring(from, at));
            from = at + by.length();
        }
        parts.add(text.substring(from));
        return parts;
    }

    private static PyList rsplit(String text, Object separator, long limit) {
        if (limit < 0) {
            return split(text, separator, limit);
        }
        var parts = new ArrayList<Object>();
        if (separator == null) {
            var all = split(text, null, -1);
            if (all.size() <= limit) {
                return all;
            }
            var rest = strip(text, null, false, true);
            for (long i = 0; i < limit; i++) {
                int end = rest.length();
                int from = end;
                while (from > 0 && !isSpace(rest.codePointBefore(from))) {
                    from -= Character.charCount(rest.codePointBefore(from));
                }
                parts.addFirst(rest.substring(from, end));
                rest = strip(rest.substring(0, from), null, false, true);
            }
            parts.addFirst(strip(rest, null, true, false));
            return new PyList(parts);
        }
        var by = separator(separator);
        int to = text.length();
        for (int at = text.lastIndexOf(by); at >= 0 && parts.size() < limit; at = at == 0 ? -1 : text.lastIndexOf(by, at - by.length())) {
            parts.addFirst(text.substring(at + by.length(), to));
            to = at;
        }
        parts.addFirst(text.substring(0, to));
        return new PyList(parts);
    }

    private static String separator(Object separator) {
        if (!(separator instanceof String by)) {
            throw JinjaException.typeError("must be str or None, not " + PyType.name(separator));
        }
        if (by.isEmpty()) {
            throw JinjaException.valueError("empty separator");
        }
        return by;
    }

    private static int skip(String text, int at, boolean spaces) {
        while (at < text.length() && isSpace(text.codePointAt(at)) == spaces) {
            at += Character.charCount(text.codePointAt(at));
        }
        return at;
    }

    private static PyList splitLines(String text, boolean keepEnds) {
        var lines = new PyList();
        for (int from = 0; from < text.length();) {
            int end = from;
            while (end < text.length() && "\n\r\u000b\u000c\u001c\u001d\u001e\u0085\u2028\u2029".indexOf(text.charAt(end)) < 0) {
                end++;
            }
            int next = end == text.length() ? end : end + (text.startsWith("\r\n", end) ? 2 : 1);
            lines.add(text.substring(from, keepEnds ? next : end));
            from = next;
        }
        return lines;
    }

    private static PyTuple partition(String text, String separator, int at, boolean last) {
        if (at < 0) {
            return last ? PyTuple.of("", "", text) : PyTuple.of(text, "", "");
        }
        return PyTuple.of(text.substring(0, at), separator, text.substring(at + separator.length()));
    }

    private static String zfill(String text, long width) {
        String sign = text.startsWith("-") || text.startsWith("+") ? text.substring(0, 1) : "";
        return sign + padding(text, width, "0") + text.substring(sign.length());
    }

    private static String padding(String text, long width, String fill) {
        long missing = width - text.codePointCount(0, text.length());
        if (missing > PyOperators.MAX_LENGTH) {
            throw new JinjaException("OverflowError", "a string of " + width + " characters is longer than the " + PyOperators.MAX_LENGTH + " that are allowed");
        }
        return missing <= 0 ? "" : fill.repeat((int) missing);
    }
}
