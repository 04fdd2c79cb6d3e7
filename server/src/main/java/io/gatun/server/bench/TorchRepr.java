package io.gatun.server.bench;

import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Numbers as PyTorch prints a tensor: three values at each end of a row, four decimals, aligned. */
final class TorchRepr {
    private static final int EDGE = 3;
    private static final int LINE_WIDTH = 80;
    private static final String HEAD = "tensor(";

    private TorchRepr() {
    }

    /**
     * A matrix.
     *
     * @param values row-major
     * @param device as in {@code cuda:0}; the CPU is not mentioned, as in PyTorch
     */
    static String matrix(float[] values, int cols, String device) {
        int rows = values.length / cols;
        int[] shownRows = shown(rows);
        int[] shownCols = shown(cols);
        double largest = 0;
        double smallest = Double.MAX_VALUE;
        for (int row : shownRows) {
            for (int col : shownCols) {
                double value = row < 0 || col < 0 ? 0 : Math.abs(values[row * cols + col]);
                largest = Math.max(largest, value);
                smallest = value == 0 ? smallest : Math.min(smallest, value);
            }
        }
        boolean scientific = largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4;
        String format = scientific ? "%.4e" : "%.4f";
        int width = IntStream.of(shownRows).filter(row -> row >= 0).flatMap(row -> IntStream.of(shownCols).filter(col -> col >= 0)
                .map(col -> format(format, values[row * cols + col]).length())).max().orElse(0);
        String indent = " ".repeat(HEAD.length() + 1);
        String body = IntStream.of(shownRows).mapToObj(row -> row < 0 ? "..." : IntStream.of(shownCols)
                .mapToObj(col -> col < 0 ? " ..." : " ".repeat(width - format(format, values[row * cols + col]).length())
                        + format(format, values[row * cols + col])).collect(Collectors.joining(", ", "[", "]")))
                .collect(Collectors.joining(",\n" + indent, "[", "]"));
        return HEAD + body + suffix(body, device) + ")";
    }

    private static String suffix(String body, String device) {
        if (device.equals("cpu")) {
            return "";
        }
        String text = "device='" + device + "'";
        int lastLine = HEAD.length() + body.length() - body.lastIndexOf('\n') - 1;
        return lastLine + 2 + text.length() + 1 > LINE_WIDTH ? ",\n" + " ".repeat(HEAD.length()) + text : ", " + text;
    }

    /** The indices that are shown, -1 where some are left out. */
    private static int[] shown(int count) {
        return count <= 2 * EDGE ? IntStream.range(0, count).toArray()
                : IntStream.concat(IntStream.concat(IntStream.range(0, EDGE), IntStream.of(-1)), IntStream.range(count - EDGE, count)).toArray();
    }

    private static String format(String format, float value) {
        return Float.isFinite(value) ? String.format(Locale.ROOT, format, value) : Float.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
    }
}
