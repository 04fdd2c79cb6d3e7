package io.gatun.server.bench;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * A matrix as PyTorch prints it: four decimals, aligned, lines of 80 characters; of more than a thousand numbers only three at each end of rows and
 * columns.
 */
final class TorchRepr {
    private static final int THRESHOLD = 1000;
    private static final int EDGE = 3;
    private static final int GAP = -1;
    private static final int LINE_WIDTH = 80;
    private static final int DIGITS = 4;
    private static final String HEAD = "tensor(";

    private final boolean integers;
    private final boolean scientific;
    private final int width;

    /** The one way in which all the shown numbers are written. */
    private TorchRepr(double[] shown) {
        double[] counting = DoubleStream.of(shown).filter(v -> v != 0 && Double.isFinite(v)).toArray();
        double largest = 0;
        double smallest = Double.POSITIVE_INFINITY;
        boolean whole = true;
        for (double value : counting) {
            largest = Math.max(largest, Math.abs(value));
            smallest = Math.min(smallest, Math.abs(value));
            whole &= value == Math.rint(value);
        }
        integers = whole;
        scientific = counting.length > 0 && (largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4);
        int longest = 1;
        for (double value : counting) {
            longest = Math.max(longest, number(value).length());
        }
        width = longest;
    }

    /**
     * A matrix.
     *
     * @param values row-major
     * @param device as in {@code cuda:0}; the CPU is not mentioned, as in PyTorch
     */
    static String matrix(float[] values, int cols, String device) {
        boolean summarize = values.length > THRESHOLD;
        int[] rows = indices(values.length / cols, summarize);
        int[] columns = indices(cols, summarize);
        var repr = new TorchRepr(IntStream.of(rows).filter(row -> row != GAP).boxed()
                .flatMap(row -> IntStream.of(columns).filter(col -> col != GAP).mapToObj(col -> values[row * cols + col]))
                .mapToDouble(Float::doubleValue).toArray());
        String body = HEAD + IntStream.of(rows).mapToObj(row -> row == GAP ? "..." : repr.row(values, row * cols, columns))
                .collect(Collectors.joining(",\n" + " ".repeat(HEAD.length() + 1), "[", "]"));
        return body + suffix(body, device) + ")";
    }

    private String row(float[] values, int begin, int[] columns) {
        int perLine = Math.max(1, (LINE_WIDTH - HEAD.length() - 1) / (width + 2));
        var lines = new ArrayList<String>();
        for (int from = 0; from < columns.length; from += perLine) {
            lines.add(IntStream.of(columns).skip(from).limit(perLine).mapToObj(col -> col == GAP ? " ..." : aligned(values[begin + col]))
                    .collect(Collectors.joining(", ")));
        }
        return lines.stream().collect(Collectors.joining(",\n" + " ".repeat(HEAD.length() + 2), "[", "]"));
    }

    private String aligned(double value) {
        String text = number(value);
        return " ".repeat(Math.max(0, width - text.length())) + text;
    }

    private String number(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        String sign = Double.doubleToRawLongBits(value) < 0 ? "-" : "";
        return sign + (Double.isInfinite(value) ? "inf" : magnitude(Math.abs(value)));
    }

    /** Ties go to the even digit, as in C; Java's own formatter would round them up. */
    private String magnitude(double value) {
        if (scientific) {
            var rounded = new BigDecimal(value).round(new MathContext(DIGITS + 1, RoundingMode.HALF_EVEN));
            int exponent = value == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
            return String.format(Locale.ROOT, "%se%+03d", rounded.scaleByPowerOfTen(-exponent).setScale(DIGITS, RoundingMode.UNNECESSARY), exponent);
        }
        return new BigDecimal(value).setScale(integers ? 0 : DIGITS, RoundingMode.HALF_EVEN).toPlainString() + (integers ? "." : "");
    }

    private static String suffix(String body, String device) {
        if (device.equals("cpu")) {
            return "";
        }
        String text = "device='" + device + "'";
        int lastLine = body.length() - body.lastIndexOf('\n') + 1;
        return lastLine + text.length() + 2 > LINE_WIDTH ? ",\n" + " ".repeat(HEAD.length()) + text : ", " + text;
    }

    /** The indices that are shown. */
    private static int[] indices(int count, boolean summarize) {
        return !summarize || count <= 2 * EDGE ? IntStream.range(0, count).toArray()
                : IntStream.concat(IntStream.concat(IntStream.range(0, EDGE), IntStream.of(GAP)), IntStream.range(count - EDGE, count)).toArray();
    }
}
