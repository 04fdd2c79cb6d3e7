package io.gatun.runtime.multimodal.decode;

import java.util.Arrays;

/** Gives one channel of a JPEG picture, row by row, in the resolution of the picture: with libjpeg's triangular filter where it is of half the resolution. */
final class JpegUpsampler {
    private final JpegComponent component;
    private final int horizontal;
    private final int vertical;
    private final boolean smoothWide;
    private final boolean smoothHigh;
    private final int[] sums;

    /** For a channel with one sample for {@code horizontal} x {@code vertical} pixels. */
    JpegUpsampler(JpegComponent component, int horizontal, int vertical) {
        this.component = component;
        this.horizontal = horizontal;
        this.vertical = vertical;
        smoothWide = horizontal == 2 && vertical <= 2 && component.width > 2;
        smoothHigh = vertical == 2 && (horizontal == 1 || smoothWide);
        sums = new int[component.width];
    }

    /** Fills {@code out} with row {@code y} of the picture; there may be more room than the row takes. */
    void row(int y, int[] out) {
        int row = y / vertical;
        byte[] in = component.samples;
        int at = row * component.stride();
        if (smoothHigh) {
            int other = Math.clamp(y % 2 == 0 ? row - 1 : row + 1, 0, component.height - 1) * component.stride();
            for (int x = 0; x < sums.length; x++) {
                sums[x] = 3 * (in[at + x] & 0xff) + (in[other + x] & 0xff);
            }
        } else {
            for (int x = 0; x < sums.length; x++) {
                sums[x] = in[at + x] & 0xff;
            }
        }
        if (smoothWide) {
            smooth(out, smoothHigh ? 4 : 2, smoothHigh ? 8 : 1, smoothHigh ? 7 : 2);
        } else if (smoothHigh) {
            int bias = y % 2 == 0 ? 1 : 2;
            for (int x = 0; x < sums.length; x++) {
                out[x] = sums[x] + bias >> 2;
            }
        } else {
            repeat(out);
        }
    }

    /** Two pixels of each sample, each with a quarter of the neighbour on its side; the outermost pixels have none. */
    private void smooth(int[] out, int shift, int leftBias, int rightBias) {
        int last = sums.length - 1;
        out[0] = 4 * sums[0] + leftBias >> shift;
        out[1] = 3 * sums[0] + sums[1] + rightBias >> shift;
        for (int x = 1; x < last; x++) {
            int three = 3 * sums[x];
            out[2 * x] = three + sums[x - 1] + leftBias >> shift;
            out[2 * x + 1] = three + sums[x + 1] + rightBias >> shift;
        }
        out[2 * last] = 3 * sums[last] + sums[last - 1] + leftBias >> shift;
        out[2 * last + 1] = 4 * sums[last] + rightBias >> shift;
    }

    private void repeat(int[] out) {
        for (int x = 0; x < sums.length; x++) {
            Arrays.fill(out, x * horizontal, (x + 1) * horizontal, sums[x]);
        }
    }
}
