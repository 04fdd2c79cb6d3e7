package io.gatun.runtime.multimodal.image;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;
import java.util.Arrays;

/**
 * Resizes pictures as PIL does, to the last bit: filters that widen when they shrink a picture, columns before rows, weights of 22 fractional bits, and
 * eight bits a channel in between.
 */
public final class Resizer {
    private static final int FRACTION_BITS = 22;
    private static final int HALF = 1 << FRACTION_BITS - 1;
    private static final int CHANNELS = 3;

    private Resizer() {
    }

    /**
     * The picture in another size, or itself if it has it.
     *
     * @throws MediaException if {@code size} is empty or takes too much memory
     */
    public static Picture resize(Picture picture, PixelSize size, Resampling resampling) {
        if (PixelSize.of(picture).equals(size)) {
            return picture;
        }
        size.checked();
        return resampling == Resampling.NEAREST ? nearest(picture, size) : filtered(picture, size, resampling);
    }

    private static Picture filtered(Picture picture, PixelSize size, Resampling resampling) {
        var rows = Taps.of(picture.height(), size.height(), resampling);
        byte[] rgb = picture.rgb();
        int firstRow = 0;
        if (picture.width() != size.width()) {
            firstRow = rows.first[0];
            int lastRow = rows.first[size.height() - 1] + rows.count[size.height() - 1];
            rgb = horizontal(rgb, picture.width(), firstRow, lastRow, Taps.of(picture.width(), size.width(), resampling));
        }
        if (picture.height() != size.height()) {
            rgb = vertical(rgb, size.width(), firstRow, rows);
        }
        return new Picture(size.width(), size.height(), rgb);
    }

    private static byte[] horizontal(byte[] rgb, int width, int firstRow, int lastRow, Taps taps) {
        int outWidth = taps.first.length;
        var out = new byte[(lastRow - firstRow) * outWidth * CHANNELS];
        int at = 0;
        for (int y = firstRow; y < lastRow; y++) {
            int row = y * width * CHANNELS;
            for (int x = 0; x < outWidth; x++) {
                int red = HALF;
                int green = HALF;
                int blue = HALF;
                int from = row + taps.first[x] * CHANNELS;
                int weight = x * taps.stride;
                for (int last = weight + taps.count[x]; weight < last; weight++, from += CHANNELS) {
                    int w = taps.weights[weight];
                    red += (rgb[from] & 0xff) * w;
                    green += (rgb[from + 1] & 0xff) * w;
                    blue += (rgb[from + 2] & 0xff) * w;
                }
                out[at] = clip(red);
                out[at + 1] = clip(green);
                out[at + 2] = clip(blue);
                at += CHANNELS;
            }
        }
        return out;
    }

    private static byte[] vertical(byte[] rgb, int width, int firstRow, Taps taps) {
        int outHeight = taps.first.length;
        int rowBytes = width * CHANNELS;
        var out = new byte[outHeight * rowBytes];
        var sums = new int[rowBytes];
        for (int y = 0; y < outHeight; y++) {
            Arrays.fill(sums, HALF);
            for (int tap = 0; tap < taps.count[y]; tap++) {
                addRow(rgb, (taps.first[y] - firstRow + tap) * rowBytes, taps.weights[y * taps.stride + tap], sums);
            }
            for (int i = 0; i < rowBytes; i++) {
                out[y * rowBytes + i] = clip(sums[i]);
            }
        }
        return out;
    }

    private static void addRow(byte[] rgb, int row, int weight, int[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += (rgb[row + i] & 0xff) * weight;
        }
    }

    private static byte clip(int sum) {
        return (byte) Math.clamp(sum >> FRACTION_BITS, 0, 255);
    }

    private static Picture nearest(Picture picture, PixelSize size) {
        var columns = nearest(picture.width(), size.width());
        var rows = nearest(picture.height(), size.height());
        var out = new byte[size.width() * size.height() * CHANNELS];
        int at = 0;
        for (int row : rows) {
            for (int column : columns) {
                System.arraycopy(picture.rgb(), (row * picture.width() + column) * CHANNELS, out, at, CHANNELS);
                at += CHANNELS;
            }
        }
        return new Picture(size.width(), size.height(), out);
    }

    /** Steps are added up, as PIL does, since the last bit may decide. */
    private static int[] nearest(int from, int to) {
        var out = new int[to];
        double step = (double) from / to;
        double at = step * 0.5;
        for (int i = 0; i < to; i++, at += step) {
            out[i] = Math.min((int) at, from - 1);
        }
        return out;
    }

    /** For each pixel of the new side: which pixels of the old one it is made of, and their weights. */
    private record Taps(int[] first, int[] count, int[] weights, int stride) {

        static Taps of(int from, int to, Resampling resampling) {
            double scale = (double) from / to;
            double filterScale = Math.max(scale, 1);
            double support = resampling.support() * filterScale;
            int stride = (int) Math.ceil(support) * 2 + 1;
            var taps = new Taps(new int[to], new int[to], new int[Math.multiplyExact(to, stride)], stride);
            var weights = new double[stride];
            for (int i = 0; i < to; i++) {
                double center = (i + 0.5) * scale;
                int first = Math.max((int) (center - support + 0.5), 0);
                int count = Math.min((int) (center + support + 0.5), from) - first;
                double sum = 0;
                for (int k = 0; k < count; k++) {
                    weights[k] = resampling.weight((k + first - center + 0.5) * (1 / filterScale));
                    sum += weights[k];
                }
                for (int k = 0; k < count; k++) {
                    double weight = sum == 0 ? weights[k] : weights[k] / sum;
                    taps.weights[i * stride + k] = (int) (Math.copySign(0.5, weight) + weight * (1 << FRACTION_BITS));
                }
                taps.first[i] = first;
                taps.count[i] = count;
            }
            return taps;
        }
    }
}
