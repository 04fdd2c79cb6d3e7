package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.image.PixelSize;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decodes PNG to what PIL's {@code convert("RGB")} makes of it: alpha is left out and not blended, of 16 bits a channel the upper eight count, and 16 bits
 * of grey end at 255.
 */
final class PngDecoder {
    private static final int HEADER_END = 33;
    private static final int GRAY = 0;
    private static final int RGB = 2;
    private static final int INDEXED = 3;
    private static final int GRAY_ALPHA = 4;
    private static final int RGB_ALPHA = 6;
    /** Adam7: first column, first row, and steps of each pass. */
    private static final int[][] PASSES = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};

    private final byte[] bytes;
    private final int width;
    private final int height;
    private final int depth;
    private final int kind;
    private final boolean interlaced;
    private final List<int[]> data = new ArrayList<>();
    private final Palette palette = new Palette();
    private int orientation = Orientation.UPRIGHT;

    private PngDecoder(byte[] bytes) {
        this.bytes = bytes;
        var in = new ByteReader(bytes, 8);
        if (in.i32be() != 13 || !ByteReader.matches(bytes, in.at, "IHDR")) {
            throw new MediaException("the PNG picture is broken: it does not begin with a header");
        }
        in.skip(4);
        width = in.i32be();
        height = in.i32be();
        depth = in.u8();
        kind = in.u8();
        int method = in.u8() | in.u8();
        int interlace = in.u8();
        interlaced = interlace == 1;
        boolean known = switch (kind) {
            case GRAY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
            case INDEXED -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
            case RGB, GRAY_ALPHA, RGB_ALPHA -> depth == 8 || depth == 16;
            default -> false;
        };
        if (!known || method != 0 || interlace > 1) {
            throw new MediaException("the PNG picture is broken: its header names colour type " + kind + " with " + depth + " bits, interlacing " + interlace);
        }
    }

    /** The size that the header names. */
    static PixelSize size(byte[] bytes) {
        var decoder = new PngDecoder(bytes);
        return new PixelSize(decoder.width, decoder.height);
    }

    static Picture decode(byte[] bytes) {
        var decoder = new PngDecoder(bytes);
        decoder.chunks();
        return Orientation.apply(decoder.picture(), decoder.orientation);
    }

    private void chunks() {
        checkSum(12, HEADER_END - 4);
        var in = new ByteReader(bytes, HEADER_END);
        boolean colored = false;
        while (!ByteReader.matches(bytes, in.at + 4, "IEND")) {
            int length = in.i32be();
            int name = in.at;
            in.skip(4);
            in.require(length);
            in.require(length + 4);
            int from = in.at;
            in.skip(length);
            if (ByteReader.matches(bytes, name, "IDAT")) {
                checkSum(name, in.at);
                data.add(new int[]{from, length});
            } else if (ByteReader.matches(bytes, name, "PLTE")) {
                checkSum(name, in.at);
                colored = true;
                for (int i = 0; i < Math.min(length / 3, 256); i++) {
                    palette.set(i, bytes[from + 3 * i], bytes[from + 3 * i + 1], bytes[from + 3 * i + 2]);
                }
            } else if (ByteReader.matches(bytes, name, "eXIf")) {
                orientation = Orientation.ofExif(bytes, from, in.at);
            }
            in.skip(4);
        }
        if (data.isEmpty() || kind == INDEXED && !colored) {
            throw new MediaException("the PNG picture is broken: it has no " + (data.isEmpty() ? "data" : "palette"));
        }
    }

    private void checkSum(int from, int to) {
        var sum = new CRC32();
        sum.update(bytes, from, to - from);
        if ((int) sum.getValue() != new ByteReader(bytes, to).i32be()) {
            throw new MediaException("the PNG picture is broken: the check sum of a part does not hold");
        }
    }

    private int channels() {
        return switch (kind) {
            case RGB -> 3;
            case RGB_ALPHA -> 4;
            case GRAY_ALPHA -> 2;
            default -> 1;
        };
    }

    private Picture picture() {
        var rgb = new byte[3 * width * height];
        try (var rows = new Rows()) {
            if (!interlaced) {
                pass(rows, rgb, 0, 0, 1, 1);
            } else {
                for (int[] pass : PASSES) {
                    if (pass[0] < width && pass[1] < height) {
                        pass(rows, rgb, pass[0], pass[1], pass[2], pass[3]);
                    }
                }
            }
        }
        return new Picture(width, height, rgb);
    }

    private void pass(Rows rows, byte[] rgb, int left, int top, int stepX, int stepY) {
        int columns = Math.ceilDiv(width - left, stepX);
        rows.begin(columns);
        for (int y = top; y < height; y += stepY) {
            pixels(rows.next(), columns, rgb, 3 * (y * width + left), 3 * stepX);
        }
    }

    /** Writes the pixels of an unfiltered row, of which the first byte is the filter's. */
    private void pixels(byte[] row, int columns, byte[] rgb, int at, int step) {
        int sample = depth / 8;
        int pixel = channels() * sample;
        for (int x = 0; x < columns; x++, at += step) {
            if (kind == RGB || kind == RGB_ALPHA) {
                rgb[at] = row[1 + x * pixel];
                rgb[at + 1] = row[1 + x * pixel + sample];
                rgb[at + 2] = row[1 + x * pixel + 2 * sample];
            } else if (kind == INDEXED) {
                palette.copy(packed(row, x), rgb, at);
            } else {
                byte gray = gray(row, x, pixel);
                rgb[at] = gray;
                rgb[at + 1] = gray;
                rgb[at + 2] = gray;
            }
        }
    }

    private byte gray(byte[] row, int x, int pixel) {
        if (kind == GRAY && depth == 16) {
            return row[1 + 2 * x] != 0 ? (byte) 255 : row[2 + 2 * x];
        }
        return depth < 8 ? (byte) (packed(row, x) * (255 / ((1 << depth) - 1))) : row[1 + x * pixel];
    }

    private int packed(byte[] row, int x) {
        int bit = x * depth;
        return (row[1 + bit / 8] & 0xff) >> 8 - depth - bit % 8 & (1 << depth) - 1;
    }

    /** The rows of the compressed data, one after the other. */
    private final class Rows implements AutoCloseable {
        private final Inflater inflater = new Inflater();
        private final int pixelBytes = Math.max(channels() * depth / 8, 1);
        private int part;
        private byte[] row = {};
        private byte[] above = {};

        void begin(int columns) {
            int size = 1 + (int) (((long) columns * channels() * depth + 7) / 8);
            row = new byte[size];
            above = new byte[size];
        }

        byte[] next() {
            byte[] swap = above;
            above = row;
            row = swap;
            inflate();
            switch (row[0]) {
                case 0 -> {
                }
                case 1 -> sub();
                case 2 -> up();
                case 3 -> average();
                case 4 -> paeth();
                default -> throw new MediaException("the PNG picture is broken: a row has filter " + row[0] + "; they are numbered from 0 to 4");
            }
            return row;
        }

        private void inflate() {
            int filled = 0;
            try {
                while (filled < row.length) {
                    int count = inflater.inflate(row, filled, row.length - filled);
                    filled += count;
                    if (count == 0 && filled < row.length) {
                        if (inflater.finished() || inflater.needsDictionary() || part == data.size()) {
                            throw ByteReader.truncated(bytes);
                        }
                        inflater.setInput(bytes, data.get(part)[0], data.get(part)[1]);
                        part++;
                    }
                }
            } catch (DataFormatException e) {
                throw new MediaException("the PNG picture is broken: its data cannot be decompressed: " + e.getMessage(), e);
            }
        }

        private void sub() {
            for (int i = 1 + pixelBytes; i < row.length; i++) {
                row[i] += row[i - pixelBytes];
            }
        }

        private void up() {
            for (int i = 1; i < row.length; i++) {
                row[i] += above[i];
            }
        }

        private void average() {
            for (int i = 1; i < row.length; i++) {
                int left = i > pixelBytes ? row[i - pixelBytes] & 0xff : 0;
                row[i] += (byte) (left + (above[i] & 0xff) >> 1);
            }
        }

        private void paeth() {
            for (int i = 1; i < row.length; i++) {
                int left = i > pixelBytes ? row[i - pixelBytes] & 0xff : 0;
                int up = above[i] & 0xff;
                int corner = i > pixelBytes ? above[i - pixelBytes] & 0xff : 0;
                int toLeft = Math.abs(up - corner);
                int toUp = Math.abs(left - corner);
                int toCorner = Math.abs(left + up - 2 * corner);
                row[i] += (byte) (toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner);
            }
        }

        @Override
        public void close() {
            inflater.end();
        }
    }
}
