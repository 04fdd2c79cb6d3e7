package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.image.PixelSize;

/** Decodes Windows bitmaps of 1 to 32 bits a pixel, with palettes, masks and run lengths. Alpha is left out. */
final class BmpDecoder {
    private static final int RAW = 0;
    private static final int RLE8 = 1;
    private static final int RLE4 = 2;
    private static final int MASKS = 3;
    private static final int OLDEST_HEADER = 12;

    private final byte[] bytes;
    private final int width;
    private final int height;
    private final boolean fromTop;
    private final int bits;
    private final int compression;
    private final int data;
    private final Palette palette = new Palette();
    private int[] masks = {0x7c00, 0x3e0, 0x1f};

    private BmpDecoder(byte[] bytes) {
        this.bytes = bytes;
        var in = new ByteReader(bytes, 10);
        int offset = in.i32le();
        int header = in.i32le();
        int colors = 0;
        if (header == OLDEST_HEADER) {
            width = in.u16le();
            height = in.u16le();
            fromTop = false;
            in.skip(2);
            bits = in.u16le();
            compression = RAW;
        } else if (header == 40 || header == 52 || header == 56 || header == 64 || header == 108 || header == 124) {
            width = in.i32le();
            int signed = in.i32le();
            fromTop = signed < 0;
            height = Math.abs(signed);
            in.skip(2);
            bits = in.u16le();
            compression = in.i32le();
            in.skip(12);
            colors = in.i32le();
            in.skip(4);
            readMasks(in);
        } else {
            throw new MediaException("the BMP picture has a header of " + header + " bytes, which no version has; 12, 40, 52, 56, 64, 108 and 124 are known");
        }
        boolean known = switch (compression) {
            case RAW -> bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
            case RLE8 -> bits == 8;
            case RLE4 -> bits == 4;
            case MASKS -> bits == 16 || bits == 24 || bits == 32;
            default -> false;
        };
        if (!known) {
            throw new MediaException("the BMP picture has " + bits + " bits a pixel with compression " + compression
                    + ", which is not supported; 1, 4, 8, 16, 24 and 32 "
                    + "bits are, without compression, with masks or run lengths");
        }
        in.at = 14 + header + (header == 40 && compression == MASKS ? 12 : 0);
        if (bits <= 8) {
            readPalette(in, colors == 0 ? 1 << bits : colors, header == OLDEST_HEADER ? 3 : 4);
        }
        data = offset == 0 ? in.at : offset;
    }

    private void readMasks(ByteReader in) {
        if (compression == MASKS) {
            masks = new int[]{in.i32le(), in.i32le(), in.i32le()};
            if (masks[0] == 0 && masks[1] == 0 && masks[2] == 0) {
                masks = new int[]{0xff0000, 0xff00, 0xff};
            }
        } else if (bits == 32) {
            masks = new int[]{0xff0000, 0xff00, 0xff};
        }
    }

    private void readPalette(ByteReader in, int colors, int entry) {
        if (colors < 1 || colors > 65536) {
            throw new MediaException("the BMP picture has a palette of " + colors + " colours; there must be 1 to 65536");
        }
        for (int i = 0; i < colors; i++) {
            int blue = in.u8();
            int green = in.u8();
            int red = in.u8();
            in.skip(entry - 3);
            if (i < 256) {
                palette.set(i, red, green, blue);
            }
        }
    }

    /** The size that the header names. */
    static PixelSize size(byte[] bytes) {
        var decoder = new BmpDecoder(bytes);
        return new PixelSize(decoder.width, decoder.height);
    }

    static Picture decode(byte[] bytes) {
        return new BmpDecoder(bytes).picture();
    }

    private Picture picture() {
        var rgb = new byte[3 * width * height];
        if (compression == RLE8 || compression == RLE4) {
            byte[] indices = runs();
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    palette.copy(indices[y * width + x] & 0xff, rgb, at(y) + 3 * x);
                }
            }
        } else {
            int stride = (int) (((long) width * bits + 31 >> 3) & ~3);
            var in = new ByteReader(bytes, data);
            if (data < 0 || (long) stride * height - stride % 4 > in.left()) {
                throw ByteReader.truncated(bytes);
            }
            for (int y = 0; y < height; y++) {
                row(data + y * stride, rgb, at(y));
            }
        }
        return new Picture(width, height, rgb);
    }

    /** Where row {@code y} of the file goes. */
    private int at(int y) {
        return 3 * width * (fromTop ? y : height - 1 - y);
    }

    private void row(int from, byte[] rgb, int at) {
        for (int x = 0; x < width; x++, at += 3) {
            if (bits <= 8) {
                int bit = x * bits;
                palette.copy((bytes[from + bit / 8] & 0xff) >> 8 - bits - bit % 8 & (1 << bits) - 1, rgb, at);
            } else if (bits == 24) {
                rgb[at] = bytes[from + 3 * x + 2];
                rgb[at + 1] = bytes[from + 3 * x + 1];
                rgb[at + 2] = bytes[from + 3 * x];
            } else {
                var in = new ByteReader(bytes, from + x * bits / 8);
                int pixel = bits == 16 ? in.u16le() : in.i32le();
                for (int channel = 0; channel < 3; channel++) {
                    rgb[at + channel] = masked(pixel, masks[channel]);
                }
            }
        }
    }

    private static byte masked(int pixel, int mask) {
        if (mask == 0) {
            return 0;
        }
        int shift = Integer.numberOfTrailingZeros(mask);
        long most = Integer.toUnsignedLong(mask) >>> shift;
        return (byte) ((Integer.toUnsignedLong(pixel & mask) >>> shift) * 255 / most);
    }

    /** The colours of a picture that is stored as run lengths, in the order of the file; what is skipped has the first colour. */
    private byte[] runs() {
        var in = new ByteReader(bytes, data);
        var out = new byte[width * height];
        long at = 0;
        while (at < out.length) {
            int count = in.u8();
            int value = in.u8();
            if (count > 0) {
                for (int i = 0; i < count && at < out.length && (i == 0 || at % width != 0); i++) {
                    out[(int) at++] = (byte) (compression == RLE8 ? value : i % 2 == 0 ? value >> 4 : value & 15);
                }
            } else if (value == 0) {
                at = Math.ceilDiv(at, width) * width;
            } else if (value == 1) {
                break;
            } else if (value == 2) {
                at += in.u8() + (long) in.u8() * width;
            } else {
                for (int i = 0; i < value; i++) {
                    int pixel = compression == RLE8 ? in.u8() : i % 2 == 0 ? in.bytes[in.at] >> 4 & 15 : in.u8() & 15;
                    if (at < out.length) {
                        out[(int) at++] = (byte) pixel;
                    }
                }
                in.at += compression == RLE4 && value % 2 == 1 ? 1 : 0;
                in.at += (in.at - data) % 2;
            }
        }
        return out;
    }
}
