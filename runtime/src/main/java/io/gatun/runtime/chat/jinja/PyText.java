package io.gatun.runtime.chat.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** Python's str() and repr(). */
final class PyText {
    private static final int MAX_PLAIN_EXPONENT = 16;
    private static final int MIN_PLAIN_EXPONENT = -4;

    private PyText() {
    }

    static String str(Object value) {
        return switch (value) {
            case String s -> s;
            case Undefined u -> "";
            case null, default -> repr(value);
        };
    }

    static String repr(Object value) {
        return switch (value) {
            case null -> "None";
            case Boolean b -> b ? "True" : "False";
            case Long l -> Long.toString(l);
            case Double d -> number(d);
            case String s -> quoted(s);
            case PyTuple t -> t.size() == 1 ? "(" + repr(t.get(0)) + ",)" : joined(t, "(", ")");
            case List<?> l -> joined(l, "[", "]");
            case Map<?, ?> m -> {
                var joiner = new StringJoiner(", ", "{", "}");
                m.forEach((key, item) -> joiner.add(repr(key) + ": " + repr(item)));
                yield joiner.toString();
            }
            case Undefined u -> "Undefined";
            case PyIterable.Range r -> "range(" + r.start() + ", " + r.stop() + (r.step() == 1 ? "" : ", " + r.step()) + ")";
            case PyIterable.View v -> v.type() + "(" + joined(v.items(), "[", "]") + ")";
            case PyIterable.Generator g -> "<" + g.type() + " object>";
            case Namespace n -> "<Namespace " + repr(n.attributes()) + ">";
            case LoopContext l -> "<LoopContext " + repr(l.attribute("index")) + "/" + repr(l.attribute("length")) + ">";
            case Macro m -> "<Macro " + repr(m.definition().name()) + ">";
            default -> "<" + PyType.name(value) + ">";
        };
    }

    /** The shortest digits that give the number back, with an exponent where Python has one. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        var decimal = shortest(Math.abs(value));
        var digits = decimal.unscaledValue().toString();
        int exponent = digits.length() - 1 - decimal.scale();
        String sign = value < 0 ? "-" : "";
        if (exponent < MIN_PLAIN_EXPONENT || exponent >= MAX_PLAIN_EXPONENT) {
            return sign + digits.charAt(0) + (digits.length() > 1 ? "." + digits.substring(1) : "") + "e" + (exponent < 0 ? "-" : "+")
                    + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
        }
        var plain = decimal.toPlainString();
        return sign + (plain.contains(".") ? plain : plain + ".0");
    }

    /** Java's digits, which are two at least, or the one that does. */
    private static BigDecimal shortest(double value) {
        var one = new BigDecimal(value).round(new MathContext(1));
        return (one.doubleValue() == value ? one : new BigDecimal(Double.toString(value))).stripTrailingZeros();
    }

    private static String joined(List<?> items, String begin, String end) {
        var joiner = new StringJoiner(", ", begin, end);
        items.forEach(item -> joiner.add(repr(item)));
        return joiner.toString();
    }

    private static String quoted(String text) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        var out = new StringBuilder().append(quote);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\\' -> out.append("\\\\");
                default -> {
                    if (c == quote) {
                        out.append('\\').append(quote);
                    } else if (isPrintable(c)) {
                        out.appendCodePoint(c);
                    } else {
                        out.append(c < 0x100 ? String.format("\\x%02x", c) : c < 0x10000 ? String.format("\\u%04x", c) : String.format("\\U%08x", c));
                    }
                }
            }
        });
        return out.append(quote).toString();
    }

    /** Python's str.isprintable. */
    static boolean isPrintable(int c) {
        return c == ' ' || switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED, Character.LINE_SEPARATOR,
                Character.PARAGRAPH_SEPARATOR, Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }
}
