package io.gatun.runtime.chat.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Map;

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
        var out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(Object value, StringBuilder out) {
        switch (value) {
            case null -> out.append("None");
            case Boolean b -> out.append(b ? "True" : "False");
            case Long l -> out.append((long) l);
            case Double d -> out.append(number(d));
            case String s -> quote(s, out);
            case PyTuple t -> joined(t, "(", t.size() == 1 ? ",)" : ")", out);
            case List<?> l -> joined(l, "[", "]", out);
            case Map<?, ?> m -> {
                var separator = "{";
                for (var entry : m.entrySet()) {
                    write(entry.getKey(), out.append(separator));
                    write(entry.getValue(), out.append(": "));
                    separator = ", ";
                }
                out.append(m.isEmpty() ? "{}" : "}");
            }
            case Undefined u -> out.append("Undefined");
            case PyIterable.Range r -> out.append("range(").append(r.start()).append(", ").append(r.stop()).append(r.step() == 1 ? "" : ", " + r.step()).append(')');
            case PyIterable.View v -> joined(v.items(), v.type() + "([", "])", out);
            case PyIterable.Generator g -> out.append('<').append(g.type()).append(" object>");
            case Namespace n -> {
                write(n.attributes(), out.append("<Namespace "));
                out.append('>');
            }
            case LoopContext l -> out.append("<LoopContext ").append(l.attribute("index")).append('/').append(l.attribute("length")).append('>');
            case Macro m -> {
                quote(m.definition().name(), out.append("<Macro "));
                out.append('>');
            }
            default -> out.append('<').append(PyType.name(value)).append('>');
        }
        Budget.requireLength(out.length());
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

    private static void joined(List<?> items, String begin, String end, StringBuilder out) {
        out.append(begin);
        for (int i = 0; i < items.size(); i++) {
            write(items.get(i), out.append(i == 0 ? "" : ", "));
        }
        out.append(end);
    }

    private static void quote(String text, StringBuilder out) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
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
        out.append(quote);
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
