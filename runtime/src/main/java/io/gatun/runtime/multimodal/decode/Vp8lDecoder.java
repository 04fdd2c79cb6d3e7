package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.image.PixelSize;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;

/** Decodes a lossless WebP (VP8L). */
final class Vp8lDecoder {
    /** For each short code of a distance: rows up in the upper half of a byte, 8 less columns to the left in the lower. */
    private static final byte[] NEAR = HexFormat.of().parseHex("1807171928062729161a262a38053739151b363a252b48044749141c353b464a242c58454b343c03"
            + "5759131d565a232d444c555b333d68026769121e666a222e545c434d656b323e78017779535d111f646c424e767a212f757b313f636d525e00747c41"
            + "4f1020626e30737d515f40727e616f50717f6070");
    private static final int LITERALS = 256;
    private static final int LENGTHS = 24;
    private static final int DISTANCES = 40;
    private static final int HASH = 0x1e35a7bd;

    private final Vp8lBits bits;

    private Vp8lDecoder(Vp8lBits bits) {
        this.bits = bits;
    }

    /** The size that the header names. */
    static PixelSize size(byte[] bytes, int from) {
        var in = new ByteReader(bytes, from);
        int signature = in.u8();
        int header = in.i32le();
        if (signature != 0x2f || header >>> 29 != 0) {
            throw new MediaException("the WebP picture is broken: its lossless data begins with " + signature + ", version " + (header >>> 29)
                    + "; they must be 47 and 0");
        }
        return new PixelSize((header & 0x3fff) + 1, (header >> 14 & 0x3fff) + 1);
    }

    /** Decodes the data in the bytes from {@code from} up to {@code to}. */
    static Picture decode(byte[] bytes, int from, int to) {
        var size = size(bytes, from);
        int[] pixels = new Vp8lDecoder(new Vp8lBits(bytes, from + 5, to)).picture(size.width(), size.height());
        var rgb = new byte[3 * pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            rgb[3 * i] = (byte) (pixels[i] >> 16);
            rgb[3 * i + 1] = (byte) (pixels[i] >> 8);
            rgb[3 * i + 2] = (byte) pixels[i];
        }
        return new Picture(size.width(), size.height(), rgb);
    }

    private int[] picture(int width, int height) {
        Deque<Vp8lTransform> transforms = new ArrayDeque<>();
        int coded = width;
        while (bits.flag()) {
            int kind = bits.take(2);
            if (transforms.stream().anyMatch(transform -> transform.kind() == kind)) {
                throw new MediaException("the WebP picture is broken: it transforms its pixels twice in one way");
            }
            var transform = transform(kind, coded, height);
            transforms.push(transform);
            coded = kind == Vp8lTransform.INDEXING ? Vp8lTransform.blocks(coded, transform.bits()) : coded;
        }
        int[] pixels = pixels(coded, height, true);
        for (var transform : transforms) {
            pixels = transform.undo(pixels, height);
        }
        return pixels;
    }

    private Vp8lTransform transform(int kind, int width, int height) {
        if (kind == Vp8lTransform.SUBTRACT_GREEN) {
            return new Vp8lTransform(kind, width, 0, new int[0]);
        }
        if (kind == Vp8lTransform.INDEXING) {
            int colors = bits.take(8) + 1;
            int[] table = pixels(colors, 1, false);
            for (int i = 1; i < colors; i++) {
                table[i] = (table[i] & 0xff00ff00) + (table[i - 1] & 0xff00ff00) & 0xff00ff00 | (table[i] & 0x00ff00ff)
                        + (table[i - 1] & 0x00ff00ff) & 0x00ff00ff;
            }
            return new Vp8lTransform(kind, width, colors > 16 ? 0 : colors > 4 ? 1 : colors > 2 ? 2 : 3, table);
        }
        int size = bits.take(3) + 2;
        return new Vp8lTransform(kind, width, size, pixels(Vp8lTransform.blocks(width, size), Vp8lTransform.blocks(height, size), false));
    }

    /** Reads pixels; those of the picture itself may have codes that differ from block to block. */
    private int[] pixels(int width, int height, boolean main) {
        int cacheBits = bits.flag() ? bits.take(4) : 0;
        if (cacheBits > 11) {
            throw new MediaException("the WebP picture is broken: its cache of colours has " + cacheBits + " bits; there may be 11");
        }
        int blockBits = 0;
        int[] groups = {0};
        if (main && bits.flag()) {
            blockBits = bits.take(3) + 2;
            groups = pixels(Vp8lTransform.blocks(width, blockBits), Vp8lTransform.blocks(height, blockBits), false);
            for (int i = 0; i < groups.length; i++) {
                groups[i] = groups[i] >> 8 & 0xffff;
            }
        } else {
            blockBits = 14;
        }
        int count = Arrays.stream(groups).max().orElseThrow() + 1;
        var codes = new Vp8lHuffman[count][];
        for (int i = 0; i < count; i++) {
            int cache = cacheBits == 0 ? 0 : 1 << cacheBits;
            codes[i] = new Vp8lHuffman[]{Vp8lHuffman.read(bits, LITERALS + LENGTHS + cache), Vp8lHuffman.read(bits, LITERALS), Vp8lHuffman.read(bits, LITERALS),
                Vp8lHuffman.read(bits, LITERALS), Vp8lHuffman.read(bits, DISTANCES)};
        }
        return pixels(width, height, codes, groups, blockBits, cacheBits);
    }

    private int[] pixels(int width, int height, Vp8lHuffman[][] codes, int[] groups, int blockBits, int cacheBits) {
        var out = new int[Math.multiplyExact(width, height)];
        var cache = new int[1 << cacheBits];
        int blocksWide = Vp8lTransform.blocks(width, blockBits);
        int cached = 0;
        int at = 0;
        int x = 0;
        int y = 0;
        while (at < out.length) {
            var group = codes[groups[(y >> blockBits) * blocksWide + (x >> blockBits)]];
            bits.fill();
            int symbol = group[0].decode(bits);
            int length = 1;
            if (symbol < LITERALS) {
                int red = group[1].decode(bits);
                bits.fill();
                int blue = group[2].decode(bits);
                out[at] = group[3].decode(bits) << 24 | red << 16 | symbol << 8 | blue;
            } else if (symbol < LITERALS + LENGTHS) {
                length = extended(symbol - LITERALS);
                bits.fill();
                int distance = distance(extended(group[4].decode(bits)), width);
                if (distance > at || length > out.length - at) {
                    throw new MediaException("the WebP picture is broken: " + length + " pixels from " + distance + " before are to be repeated at pixel " + at
                            + " of " + out.length);
                }
                for (int i = 0; i < length; i++) {
                    out[at + i] = out[at + i - distance];
                }
            } else {
                for (; cached < at; cached++) {
                    cache[HASH * out[cached] >>> 32 - cacheBits] = out[cached];
                }
                out[at] = cache[symbol - LITERALS - LENGTHS];
            }
            at += length;
            x += length;
            y += x / width;
            x %= width;
        }
        return out;
    }

    /** A length or distance, of which the symbol gives the size and the next bits the rest. */
    private int extended(int symbol) {
        if (symbol < 4) {
            return symbol + 1;
        }
        int extra = symbol - 2 >> 1;
        return (2 + (symbol & 1) << extra) + bits.take(extra) + 1;
    }

    private static int distance(int code, int width) {
        if (code > NEAR.length) {
            return code - NEAR.length;
        }
        int near = NEAR[code - 1];
        return Math.max((near >> 4) * width + 8 - (near & 15), 1);
    }
}
