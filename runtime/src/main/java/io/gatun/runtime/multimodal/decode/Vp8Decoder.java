package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.image.PixelSize;
import java.util.Arrays;

/** Decodes a key frame of VP8 (RFC 6386), which is what a lossy WebP holds. Its results are libwebp's to the bit. */
final class Vp8Decoder {
    private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
    private static final int[] BANDS = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7};
    /** Probabilities of the lower bits of large coefficients, by size. */
    private static final int[][] LARGE = {{173, 148, 140}, {176, 155, 140, 135}, {180, 157, 141, 134, 130}, {254, 254, 243, 230, 196, 177, 153, 140, 133, 130,
            129}};
    /** A tree of modes of small blocks: a positive number leads on, others are a mode, negated. */
    private static final int[] SMALL_TREE = {-Vp8Predictor.SMALL_DC, 2, -Vp8Predictor.SMALL_TRUE_MOTION, 4, -Vp8Predictor.SMALL_VERTICAL, 6, 8, 12,
        -Vp8Predictor.SMALL_HORIZONTAL, 10, -5, -6, -4, 14, -7, 16, -8, -9};
    /** The mode of small blocks that stands for one of a large block. */
    private static final int[] AS_SMALL = {Vp8Predictor.SMALL_DC, Vp8Predictor.SMALL_VERTICAL, Vp8Predictor.SMALL_HORIZONTAL, Vp8Predictor.SMALL_TRUE_MOTION};
    private static final int SECOND = 24;
    private static final int BLOCK = 16;

    private final int width;
    private final int height;
    private final int blocksWide;
    private final int blocksHigh;
    private final Vp8Bits modes;
    private final Vp8Header header;
    private final Vp8Bits[] data;
    private final Vp8Plane luma;
    private final Vp8Plane[] chroma;
    private final Vp8Predictor predictor = new Vp8Predictor();
    private final Vp8Transform transform = new Vp8Transform();
    /** Coefficients of 16 blocks of luma, 4 and 4 of chroma, and of luma's first coefficients. */
    private final int[] coefficients = new int[(SECOND + 1) * BLOCK];
    private final boolean[] nonZero = new boolean[SECOND];
    /** Whether blocks above had coefficients: for each large block four of luma, two and two of chroma, one of first coefficients. */
    private final boolean[] above;
    private final boolean[] left = new boolean[9];
    private final int[] modesAbove;
    private final int[] modesLeft = new int[4];
    private final byte[] levels;
    private final boolean[] inner;

    private Vp8Decoder(byte[] bytes, int from, int to) {
        var size = size(bytes, from);
        width = size.width();
        height = size.height();
        blocksWide = Math.ceilDiv(width, 16);
        blocksHigh = Math.ceilDiv(height, 16);
        int firstEnd = from + 10 + (new ByteReader(bytes, from).u24le() >> 5);
        if (firstEnd > to) {
            throw ByteReader.truncated(bytes);
        }
        modes = new Vp8Bits(bytes, from + 10, firstEnd);
        header = new Vp8Header(modes);
        data = partitions(bytes, firstEnd, to);
        luma = new Vp8Plane(16 * blocksWide, 16 * blocksHigh);
        chroma = new Vp8Plane[]{new Vp8Plane(8 * blocksWide, 8 * blocksHigh), new Vp8Plane(8 * blocksWide, 8 * blocksHigh)};
        above = new boolean[9 * blocksWide];
        modesAbove = new int[4 * blocksWide];
        levels = new byte[blocksWide * blocksHigh];
        inner = new boolean[blocksWide * blocksHigh];
    }

    /** The size that the frame's header names. */
    static PixelSize size(byte[] bytes, int from) {
        var in = new ByteReader(bytes, from);
        int tag = in.u24le();
        if ((tag & 1) != 0 || !ByteReader.matches(bytes, in.at, "\u009d\u0001\u002a")) {
            throw new MediaException("the WebP picture is broken: its frame does not begin as a key frame of VP8");
        }
        in.skip(3);
        return new PixelSize(in.u16le() & 0x3fff, in.u16le() & 0x3fff);
    }

    /** Decodes the frame in the bytes from {@code from} up to {@code to}. */
    static Picture decode(byte[] bytes, int from, int to) {
        var decoder = new Vp8Decoder(bytes, from, to);
        for (int y = 0; y < decoder.blocksHigh; y++) {
            decoder.row(y);
        }
        if (decoder.header.filterLevel > 0) {
            decoder.filter();
        }
        return new Picture(decoder.width, decoder.height, Vp8Colors.rgb(decoder.luma, decoder.chroma[0], decoder.chroma[1], decoder.width, decoder.height));
    }

    private Vp8Bits[] partitions(byte[] bytes, int sizes, int to) {
        var in = new ByteReader(bytes, sizes);
        int at = sizes + 3 * (header.partitions - 1);
        var out = new Vp8Bits[header.partitions];
        for (int i = 0; i < out.length; i++) {
            int end = i == out.length - 1 ? to : at + in.u24le();
            if (at > to || end > to) {
                throw ByteReader.truncated(bytes);
            }
            out[i] = new Vp8Bits(bytes, at, end);
            at = end;
        }
        return out;
    }

    private void row(int y) {
        var bits = data[y % data.length];
        Arrays.fill(left, false);
        Arrays.fill(modesLeft, Vp8Predictor.SMALL_DC);
        for (int x = 0; x < blocksWide; x++) {
            block(bits, x, y);
        }
        modes.check();
        bits.check();
    }

    private void block(Vp8Bits bits, int x, int y) {
        int segment = 0;
        if (header.segmentMap) {
            segment = modes.bit(header.segmentTree[0]) ? 2 + (modes.bit(header.segmentTree[2]) ? 1 : 0) : modes.bit(header.segmentTree[1]) ? 1 : 0;
        }
        boolean empty = header.mayBeEmpty && modes.bit(header.emptyProbability);
        boolean small = !modes.bit(145);
        int[] smallModes = new int[16];
        int mode = 0;
        if (small) {
            smallModes(smallModes, x);
        } else {
            mode = modes.bit(156) ? modes.bit(128) ? Vp8Predictor.TRUE_MOTION : Vp8Predictor.HORIZONTAL : modes.bit(163) ? Vp8Predictor.VERTICAL
                    : Vp8Predictor.DC;
            Arrays.fill(modesLeft, AS_SMALL[mode]);
            Arrays.fill(modesAbove, 4 * x, 4 * x + 4, AS_SMALL[mode]);
        }
        int chromaMode = !modes.bit(142) ? Vp8Predictor.DC : !modes.bit(114) ? Vp8Predictor.VERTICAL : modes.bit(183) ? Vp8Predictor.TRUE_MOTION
                : Vp8Predictor.HORIZONTAL;
        boolean some = !empty && coefficients(bits, header.steps[segment], x, small);
        if (empty) {
            forget(x, small);
        }
        if (!some) {
            Arrays.fill(nonZero, false);
        }
        levels[y * blocksWide + x] = (byte) header.level(segment, small);
        inner[y * blocksWide + x] = small || some;
        predictLuma(x, y, small, mode, smallModes);
        for (int i = 0; i < 2; i++) {
            int at = chroma[i].at(8 * x, 8 * y);
            Vp8Predictor.large(chroma[i], at, 8, chromaMode, y > 0, x > 0);
            for (int b = 0; b < 4; b++) {
                add(16 + 4 * i + b, chroma[i], at + (b / 2 * chroma[i].stride + b % 2) * 4);
            }
        }
    }

    private void smallModes(int[] out, int x) {
        for (int i = 0; i < 16; i++) {
            int column = 4 * x + i % 4;
            int probabilities = (modesAbove[column] * 10 + modesLeft[i / 4]) * 9;
            int node = 0;
            do {
                node = SMALL_TREE[node + (modes.bit(Vp8Tables.MODES[probabilities + node / 2]) ? 1 : 0)];
            } while (node > 0);
            out[i] = -node;
            modesAbove[column] = -node;
            modesLeft[i / 4] = -node;
        }
    }

    private void forget(int x, boolean small) {
        int kept = small ? 8 : 9;
        Arrays.fill(left, 0, kept, false);
        Arrays.fill(above, 9 * x, 9 * x + kept, false);
    }

    /** Reads the coefficients of a large block; whether any is not zero. */
    private boolean coefficients(Vp8Bits bits, int[] steps, int x, boolean small) {
        Arrays.fill(coefficients, 0);
        int up = 9 * x;
        int first = 0;
        if (!small) {
            first = 1;
            int end = coefficients(bits, 1, (left[8] ? 1 : 0) + (above[up + 8] ? 1 : 0), 0, steps[2], steps[3], SECOND * BLOCK);
            left[8] = end > 0;
            above[up + 8] = end > 0;
            transform.spread(coefficients, SECOND * BLOCK, coefficients);
        }
        boolean some = false;
        for (int i = 0; i < SECOND; i++) {
            boolean isLuma = i < 16;
            int row = isLuma ? i / 4 : 4 + (i - 16) / 4 * 2 + i / 2 % 2;
            int column = up + (isLuma ? i % 4 : 4 + (i - 16) / 4 * 2 + i % 2);
            int start = isLuma ? first : 0;
            int end = coefficients(bits, isLuma ? small ? 3 : 0 : 2, (left[row] ? 1 : 0) + (above[column] ? 1 : 0), start, steps[isLuma ? 0 : 4], steps[isLuma
                    ? 1 : 5], i * BLOCK);
            left[row] = end > start;
            above[column] = end > start;
            nonZero[i] = end > 1 || coefficients[i * BLOCK] != 0;
            some |= nonZero[i];
        }
        return some;
    }

    /** Reads one block's coefficients from number {@code n} on; the number behind the last one. */
    private int coefficients(Vp8Bits bits, int kind, int context, int n, int firstStep, int step, int out) {
        int[] table = header.coefficients;
        int p = ((kind * 8 + BANDS[n]) * 3 + context) * 11;
        while (bits.bit(table[p])) {
            while (!bits.bit(table[p + 1])) {
                if (++n == 16) {
                    return 16;
                }
                p = (kind * 8 + BANDS[n]) * 33;
            }
            int value = bits.bit(table[p + 2]) ? large(bits, table, p) : 1;
            coefficients[out + ZIGZAG[n]] = (bits.flag() ? -value : value) * (n == 0 ? firstStep : step);
            if (++n == 16) {
                return 16;
            }
            p = ((kind * 8 + BANDS[n]) * 3 + (value == 1 ? 1 : 2)) * 11;
        }
        return n;
    }

    private static int large(Vp8Bits bits, int[] table, int p) {
        if (!bits.bit(table[p + 3])) {
            return !bits.bit(table[p + 4]) ? 2 : bits.bit(table[p + 5]) ? 4 : 3;
        }
        if (!bits.bit(table[p + 6])) {
            if (!bits.bit(table[p + 7])) {
                return bits.bit(159) ? 6 : 5;
            }
            return 7 + (bits.bit(165) ? 2 : 0) + (bits.bit(145) ? 1 : 0);
        }
        int size = bits.bit(table[p + 8]) ? 2 : 0;
        size += bits.bit(table[p + 9 + size / 2]) ? 1 : 0;
        int value = 0;
        for (int probability : LARGE[size]) {
            value = 2 * value + (bits.bit(probability) ? 1 : 0);
        }
        return value + 3 + (8 << size);
    }

    private void predictLuma(int x, int y, boolean small, int mode, int[] smallModes) {
        int at = luma.at(16 * x, 16 * y);
        if (!small) {
            Vp8Predictor.large(luma, at, 16, mode, y > 0, x > 0);
        }
        for (int i = 0; i < 16; i++) {
            int block = at + (i / 4 * luma.stride + i % 4) * 4;
            if (small) {
                boolean last = i % 4 == 3;
                boolean repeated = last && y > 0 && x == blocksWide - 1;
                int right = last ? at - luma.stride + (repeated ? 15 : 16) : block - luma.stride + 4;
                predictor.small(luma, block, smallModes[i], right, repeated);
            }
            add(i, luma, block);
        }
    }

    private void add(int block, Vp8Plane plane, int at) {
        if (nonZero[block]) {
            transform.add(coefficients, block * BLOCK, plane, at);
        }
    }

    private void filter() {
        for (int y = 0; y < blocksHigh; y++) {
            for (int x = 0; x < blocksWide; x++) {
                int level = levels[y * blocksWide + x];
                if (level > 0) {
                    filter(x, y, level, inner[y * blocksWide + x]);
                }
            }
        }
    }

    private void filter(int x, int y, int level, boolean inside) {
        int sharpness = header.sharpness;
        int limit = level >> (sharpness > 4 ? 2 : sharpness > 0 ? 1 : 0);
        int inner = Math.max(sharpness > 0 ? Math.min(limit, 9 - sharpness) : limit, 1);
        int edge = 2 * level + inner;
        int variance = level >= 40 ? 2 : level >= 15 ? 1 : 0;
        filter(luma, luma.at(16 * x, 16 * y), 16, 1, luma.stride, x > 0, inside, edge, inner, variance);
        for (var plane : chroma) {
            filter(plane, plane.at(8 * x, 8 * y), 8, 1, plane.stride, x > 0, inside, edge, inner, variance);
        }
        filter(luma, luma.at(16 * x, 16 * y), 16, luma.stride, 1, y > 0, inside, edge, inner, variance);
        for (var plane : chroma) {
            filter(plane, plane.at(8 * x, 8 * y), 8, plane.stride, 1, y > 0, inside, edge, inner, variance);
        }
    }

    /** Smooths a block's first edge in one direction, and those inside it. */
    private void filter(Vp8Plane plane, int at, int size, int step, int along, boolean outside, boolean inside, int edge, int limit, int variance) {
        if (header.simpleFilter && size == 8) {
            return;
        }
        if (outside) {
            if (header.simpleFilter) {
                Vp8Filter.simple(plane, at, step, along, edge + 4);
            } else {
                Vp8Filter.normal(plane, at, step, along, size, edge + 4, limit, variance, true);
            }
        }
        for (int i = 4; i < size && inside; i += 4) {
            if (header.simpleFilter) {
                Vp8Filter.simple(plane, at + i * step, step, along, edge);
            } else {
                Vp8Filter.normal(plane, at + i * step, step, along, size, edge, limit, variance, false);
            }
        }
    }
}
