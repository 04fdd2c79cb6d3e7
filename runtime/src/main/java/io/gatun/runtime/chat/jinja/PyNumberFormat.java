package io.gatun.runtime.chat.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Python's presentation types of numbers. */
final class PyNumberFormat {
    private static final int MAX_DIGITS = 10_000;
    private static final int DEFAULT_PRECISION = 6;

    private PyNumberFormat() {
    }

    /** Digits of an int by {@code d}, {@code x}, {@code X}, {@code o} or {@code b}, with its sign if negative. */
    static String integer(long value, char type) {
        var digits = switch (type) {
            case 'x', 'X' -> Long.toString(value, 16);
            case 'o' -> Long.toString(value, 8);
            case 'b' -> Long.toString(value, 2);
            default -> Long.toString(value);
        };
        return type == 'X' ? digits.toUpperCase(Locale.ROOT) : digits;
    }

    /**
     * A float by {@code e}, {@code f} or {@code g}, of either case, or by {@code %}.
     *
     * @param precision negative for Python's default
     */
    static String floating(double value, char type, int precision) {
        char lower = Character.toLowerCase(type);
        String text;
        if (!Double.isFinite(value)) {
            text = PyText.number(value) + (type == '%' ? "%" : "");
        } else {
            int digits = precision < 0 ? DEFAULT_PRECISION : Math.min(precision, MAX_DIGITS);
            var exact = new BigDecimal(Math.abs(value));
            String sign = value < 0 || 1 / value < 0 ? "-" : "";
            text = sign + switch (lower) {
                case 'e' -> scientific(exact, digits);
                case 'g' -> general(exact, Math.max(1, digits), false);
                case '%' -> new BigDecimal(Math.abs(value) * 100).setScale(digits, RoundingMode.HALF_EVEN).toPlainString() + "%";
                default -> exact.setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
            };
        }
        return type == lower ? text : text.toUpperCase(Locale.ROOT);
    }

    /** A float with so many digits, and with one after the point at least: what a precision without a type asks for. */
    static String withDigits(double value, int precision) {
        return Double.isFinite(value) ? (value < 0 ? "-" : "") + general(new BigDecimal(Math.abs(value)), Math.max(1, precision), true) : PyText.number(value);
    }

    private static String scientific(BigDecimal value, int digits) {
        var rounded = value.signum() == 0 ? value : value.round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
        int exponent = value.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        var mantissa = rounded.scaleByPowerOfTen(-exponent).setScale(digits, RoundingMode.UNNECESSARY).toPlainString();
        return mantissa + "e" + (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }

    private static String general(BigDecimal value, int digits, boolean keepsPoint) {
        var scientific = scientific(value, digits - 1);
        int at = scientific.indexOf('e');
        int exponent = Integer.parseInt(scientific.substring(at + 1));
        if (exponent < -4 || exponent >= digits - (keepsPoint ? 1 : 0)) {
            return trimmed(scientific.substring(0, at)) + scientific.substring(at);
        }
        var plain = trimmed(value.setScale(digits - 1 - exponent, RoundingMode.HALF_EVEN).toPlainString());
        return keepsPoint && !plain.contains(".") ? plain + ".0" : plain;
    }

    private static String trimmed(String number) {
        return number.contains(".") ? number.replaceFirst("\\.?0+$", "") : number;
    }
}
