package io.gatun.runtime.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Methods of Python's str. */
final class StringMethods {
    private static final Signature SPLIT = Signature.of("split(| sep=, maxsplit=)");
    private static final Signature RSPLIT = Signature.of("rsplit(| sep=, maxsplit=)");
    private static final Signature SPLITLINES = Signature.of("splitlines(| keepends=)");
    private static final Signature EXPANDTABS = Signature.of("expandtabs(| tabsize=)");
    private static final Pattern IDENTIFIER = Pattern.compile("[\\p{L}_][\\p{L}\\p{M}\\p{N}_]*");

    private StringMethods() {
    }

    /** The method of that name, or null. */
    static Callable find(String text, String name) {
        return switch (name) {
            case "upper" -> plain(name, text.toUpperCase(Locale.ROOT));
            case "lower" -> plain(name, text.toLowerCase(Locale.ROOT));
            case "casefold" -> plain(name, each(text, c -> Character.toString(c).toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT)));
            case "title" -> plain(name, title(text));
            case "capitalize" -> plain(name, capitalize(text));
            case "swapcase" -> plain(name, each(text, StringMethods::swapped));
            case "strip", "lstrip", "rstrip" -> method(name, 0, 1, args -> strip(text, stripped(name, args), !name.equals("rstrip"), !name.equals("lstrip")));
            case "split" -> (args, kwargs) -> split(text, Callable.argument(args, kwargs, 0, "sep", null), limit(name, args, kwargs));
            case "rsplit" -> (args, kwargs) -> rsplit(text, Callable.argument(args, kwargs, 0, "sep", null), limit(name, args, kwargs));
            case "splitlines" -> (args, kwargs) -> {
                SPLITLINES.check(args, kwargs);
                return splitLines(text, PyType.isTrue(Callable.argument(args, kwargs, 0, "keepends", false)));
            };
            case "expandtabs" -> (args, kwargs) -> {
                EXPANDTABS.check(args, kwargs);
                return expandTabs(text, PyType.asLong(Callable.argument(args, kwargs, 0, "tabsize", 8L)));
            };
            case "partition" -> method(name, 1, 1, args -> partition(text, separator(args.get(0)), text.indexOf(separator(args.get(0))), false));
            case "rpartition" -> method(name, 1, 1, args -> partition(text, separator(args.get(0)), text.lastIndexOf(separator(args.get(0))), true));
            case "startswith" -> part(text, name, (part, sought) -> any(name, sought, part::startsWith));
            case "endswith" -> part(text, name, (part, sought) -> any(name, sought, part::endsWith));
            case "replace" -> method(name, 2, 3, args -> replace(text, replaced(args, 0), replaced(args, 1), args.size() > 2 ? PyType.asLong(args.get(2)) : -1));
            case "removeprefix" -> method(name, 1, 1, args -> text.startsWith(string(name, args)) ? text.substring(string(name, args).length()) : text);
            case "removesuffix" -> method(name, 1, 1, args -> text.endsWith(string(name, args)) ? text.substring(0, text.length() - string(name, args).length()) : text);
            case "find", "index" -> part(text, name, (part, sought) -> position(part, part.indexOf(text(sought))));
            case "rfind", "rindex" -> part(text, name, (part, sought) -> position(part, part.lastIndexOf(text(sought))));
            case "count" -> part(text, name, (part, sought) -> count(part, text(sought)));
            case "join" -> method(name, 1, 1, args -> join(text, args.get(0)));
            case "format" -> (args, kwargs) -> PyFormat.format(text, args, kwargs);
            case "isdecimal" -> plain(name, all(text, Character::isDigit));
            case "isdigit" -> plain(name, all(text, StringMethods::isDigit));
            case "isnumeric" -> plain(name, all(text, StringMethods::isNumeric));
            case "isalpha" -> plain(name, all(text, Character::isLetter));
            case "isalnum" -> plain(name, all(text, c -> Character.isLetter(c) || isNumeric(c)));
            case "isspace" -> plain(name, all(text, StringMethods::isSpace));
            case "isascii" -> plain(name, text.chars().allMatch(c -> c < 0x80));
            case "isprintable" -> plain(name, text.codePoints().allMatch(PyText::isPrintable));
            case "isidentifier" -> plain(name, IDENTIFIER.matcher(text).matches());
            case "isupper" -> plain(name, text.codePoints().anyMatch(Character::isUpperCase)
                    && text.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c)));
            case "islower" -> plain(name, text.codePoints().anyMatch(Character::isLowerCase)
                    && text.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c)));
            case "istitle" -> plain(name, text.codePoints().anyMatch(StringMethods::isCased) && text.equals(title(text)));
            case "zfill" -> method(name, 1, 1, args -> zfill(text, PyType.asLong(args.get(0))));
            case "center" -> method(name, 1, 2, args -> center(text, PyType.asLong(args.get(0)), fill(args)));
            case "ljust" -> method(name, 1, 2, args -> text + padding(text, PyType.asLong(args.get(0)), fill(args)));
            case "rjust" -> method(name, 1, 2, args -> padding(text, PyType.asLong(args.get(0)), fill(args)) + text);
            default -> null;
        };
    }

    /** A method without arguments. */
    private static Callable plain(String name, Object result) {
        return method(name, 0, 0, args -> result);
    }

    private static Callable method(String name, int least, int most, Function<List<Object>, Object> body) {
        return (args, kwargs) -> {
            Signature.checkBuiltIn("str", name, least, most, args, kwargs);
            return body.apply(args);
        };
    }

    /** A method that takes what it looks for and, if not everywhere, from where to where it looks. */
    private static Callable part(String text, String name, BiFunction<String, Object, Object> body) {
        return (args, kwargs) -> {
            if (!kwargs.isEmpty() || args.isEmpty() || args.size() > 3) {
                throw JinjaException.typeError(kwargs.isEmpty() ? name + "() takes at " + (args.isEmpty() ? "least 1 argument (" : "most 3 arguments (") + args.size() + " given)"
                        : "str." + name + "() takes no keyword arguments");
            }
            int length = text.codePointCount(0, text.length());
            long from = args.size() < 2 || args.get(1) == null ? 0 : PyAccess.lowerBound(args.get(1), length);
            long to = args.size() < 3 || args.get(2) == null ? length : PyAccess.bound(args.get(2), length);
            boolean isOutside = from > to;
            int begin = isOutside ? 0 : text.offsetByCodePoints(0, (int) from);
            var result = body.apply(isOutside ? "" : text.substring(begin, text.offsetByCodePoints(begin, (int) (to - from))), args.get(0));
            return switch (result) {
                case Boolean b -> b && !isOutside;
                case Long found when name.equals("count") -> isOutside ? 0L : found;
                case Long found when found >= 0 && !isOutside -> from + found;
                default -> {
                    if (name.endsWith("index")) {
                        throw JinjaException.valueError("substring not found");
                    }
                    yield -1L;
                }
            };
        };
    }

    /** Words begin with a capital, the rest is small. */
    static String title(String text) {
        var lower = new StringBuilder();
        boolean inWord = false;
        for (int c : text.codePoints().toArray()) {
            lower.append(inWord ? Character.toString(c).toLowerCase(Locale.ROOT) : titleCase(c));
            inWord = isCased(c);
        }
        return lower.toString();
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        var first = text.substring(0, text.offsetByCodePoints(0, 1));
        return titleCase(text.codePointAt(0)) + text.toLowerCase(Locale.ROOT).substring(first.toLowerCase(Locale.ROOT).length());
    }

    /** Letters that have no capital of their own become several. */
    private static String titleCase(int c) {
        var upper = Character.toString(c).toUpperCase(Locale.ROOT);
        if (Character.toTitleCase(c) != c || upper.codePointCount(0, upper.length()) == 1) {
            return Character.toString(Character.toTitleCase(c));
        }
        int first = upper.codePointAt(0);
        return isCased(first) ? Character.toString(first) + upper.substring(Character.charCount(first)).toLowerCase(Locale.ROOT) : upper;
    }

    private static String swapped(int c) {
        var one = Character.toString(c);
        return Character.isUpperCase(c) ? one.toLowerCase(Locale.ROOT) : Character.isLowerCase(c) ? one.toUpperCase(Locale.ROOT) : one;
    }

    private static String each(String text, IntFunction<String> change) {
        return text.codePoints().mapToObj(change).collect(Collectors.joining());
    }

    private static boolean isCased(int c) {
        return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }

    /** Also superscripts and digits in circles. */
    private static boolean isDigit(int c) {
        return Character.isDigit(c) || Character.getType(c) == Character.OTHER_NUMBER && Character.getNumericValue(c) >= 0 && Character.getNumericValue(c) <= 9;
    }

    private static boolean isNumeric(int c) {
        return Character.isDigit(c) || Character.getType(c) == Character.OTHER_NUMBER || Character.getType(c) == Character.LETTER_NUMBER;
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
        int missing = padding(text, width, " ").length();
        int left = missing / 2 + (missing & (int) width & 1);
        return fill.repeat(left) + text + fill.repeat(missing - left);
    }

    static String join(String separator, Object items) {
        if (items == null || PyType.isNumber(items)) {
            throw JinjaException.typeError("can only join an iterable");
        }
        var out = new StringBuilder();
        int index = 0;
        for (var item : PyAccess.iterate(items)) {
            if (!(item instanceof String s)) {
                throw JinjaException.typeError("sequence item " + index + ": expected str instance, " + PyType.name(item) + " found");
            }
            Budget.requireLength((long) out.length() + separator.length() + s.length());
            out.append(index++ == 0 ? "" : separator).append(s);
        }
        return out.toString();
    }

    /** Python's str.isspace of one character. */
    static boolean isSpace(int c) {
        return Character.isWhitespace(c) || c == 0xa0 || c == 0x85 || c == 0x2007 || c == 0x202f;
    }

    private static long limit(String name, List<Object> args, Map<String, Object> kwargs) {
        (name.equals("split") ? SPLIT : RSPLIT).check(args, kwargs);
        return PyType.asLong(Callable.argument(args, kwargs, 1, "maxsplit", -1L));
    }

    private static Object stripped(String name, List<Object> args) {
        var characters = args.isEmpty() ? null : args.get(0);
        if (characters != null && !(characters instanceof String)) {
            throw JinjaException.typeError(name + " arg must be None or str");
        }
        return characters;
    }

    private static String string(String method, List<Object> args) {
        if (!(args.get(0) instanceof String s)) {
            throw JinjaException.typeError(method + "() argument must be str, not " + PyType.name(args.get(0)));
        }
        return s;
    }

    private static String text(Object value) {
        if (!(value instanceof String s)) {
            throw JinjaException.typeError("must be str, not " + PyType.name(value));
        }
        return s;
    }

    private static String replaced(List<Object> args, int index) {
        if (!(args.get(index) instanceof String s)) {
            throw JinjaException.typeError("replace() argument " + (index + 1) + " must be str, not " + (args.get(index) == null ? "None" : PyType.name(args.get(index))));
        }
        return s;
    }

    private static String fill(List<Object> args) {
        if (args.size() < 2) {
            return " ";
        }
        if (!(args.get(1) instanceof String s)) {
            throw JinjaException.typeError("The fill character must be a unicode character, not " + PyType.name(args.get(1)));
        }
        if (s.codePointCount(0, s.length()) != 1) {
            throw JinjaException.typeError("The fill character must be exactly one character long");
        }
        return s;
    }

    private static boolean any(String method, Object sought, Predicate<String> test) {
        if (sought instanceof String s) {
            return test.test(s);
        }
        if (!(sought instanceof PyTuple options)) {
            throw JinjaException.typeError(method + " first arg must be str or a tuple of str, not " + PyType.name(sought));
        }
        for (var option : options) {
            if (!(option instanceof String s)) {
                throw JinjaException.typeError("tuple for " + method + " must only contain str, not " + PyType.name(option));
            }
            if (test.test(s)) {
                return true;
            }
        }
        return false;
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

    /** @param limit how often; negative for everywhere */
    static String replace(String text, String old, String replacement, long limit) {
        long places = limit < 0 ? count(text, old) : Math.min(limit, count(text, old));
        Budget.requireLength(text.length() + places * replacement.length());
        var out = new StringBuilder();
        int from = 0;
        for (long i = 0; i < places; i++) {
            int at = text.indexOf(old, from);
            out.append(text, from, at).append(replacement);
            from = at + old.length();
            if (old.isEmpty() && from < text.length()) {
                out.appendCodePoint(text.codePointAt(from));
                from += Character.charCount(text.codePointAt(from));
            }
        }
        return out.append(text, from, text.length()).toString();
    }

    private static PyList split(String text, Object separator, long limit) {
        var parts = new PyList();
        if (separator == null) {
            int at = skip(text, 0, true);
            while (at < text.length()) {
                if (limit >= 0 && parts.size() == limit) {
                    parts.add(text.substring(at));
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
            parts.addFirst(rest);
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

    static PyList splitLines(String text, boolean keepEnds) {
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

    private static String expandTabs(String text, long size) {
        var out = new StringBuilder();
        long column = 0;
        for (int c : text.codePoints().toArray()) {
            if (c == '\t') {
                long spaces = size > 0 ? size - column % size : 0;
                Budget.requireLength(out.length() + spaces);
                out.append(padding("", spaces, " "));
                column += spaces;
            } else {
                out.appendCodePoint(c);
                column = c == '\n' || c == '\r' ? 0 : column + 1;
            }
        }
        return out.toString();
    }

    private static String zfill(String text, long width) {
        String sign = text.startsWith("-") || text.startsWith("+") ? text.substring(0, 1) : "";
        return sign + padding(text, width, "0") + text.substring(sign.length());
    }

    private static String padding(String text, long width, String fill) {
        long missing = width - text.codePointCount(0, text.length());
        Budget.requireLength(Math.max(0, missing));
        return missing <= 0 ? "" : fill.repeat((int) missing);
    }
}
