package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.Picture;

/** How a camera was held: Exif's tag 0x0112, which tells how the picture is to be turned. */
final class Orientation {
    /** As it is. */
    static final int UPRIGHT = 1;
    private static final int TAG = 0x0112;
    private static final int SHORT = 3;

    private Orientation() {
    }

    /** The orientation that a block of Exif in TIFF's form names; {@link #UPRIGHT} if it names none or is broken. */
    static int ofExif(byte[] bytes, int from, int to) {
        boolean little = ByteReader.matches(bytes, from, "II*\0");
        if (!little && !ByteReader.matches(bytes, from, "MM\0*") || to - from < 8) {
            return UPRIGHT;
        }
        long directory = from + number(bytes, from + 4, 4, little);
        if (directory + 2 > to) {
            return UPRIGHT;
        }
        int entries = (int) number(bytes, (int) directory, 2, little);
        for (int i = 0; i < entries; i++) {
            long entry = directory + 2 + 12L * i;
            if (entry + 12 > to) {
                return UPRIGHT;
            }
            if (number(bytes, (int) entry, 2, little) == TAG && number(bytes, (int) entry + 2, 2, little) == SHORT) {
                long value = number(bytes, (int) entry + 8, 2, little);
                return value >= 1 && value <= 8 ? (int) value : UPRIGHT;
            }
        }
        return UPRIGHT;
    }

    private static long number(byte[] bytes, int at, int count, boolean little) {
        long value = 0;
        for (int i = 0; i < count; i++) {
            value = value << 8 | bytes[little ? at + count - 1 - i : at + i] & 0xff;
        }
        return value;
    }

    /** The picture as it is to be seen. */
    static Picture apply(Picture picture, int orientation) {
        if (orientation == UPRIGHT) {
            return picture;
        }
        boolean turned = orientation >= 5;
        int width = turned ? picture.height() : picture.width();
        int height = turned ? picture.width() : picture.height();
        boolean fromRight = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
        boolean fromBottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
        int right = 3;
        int down = 3 * picture.width();
        int start = (fromRight ? (picture.width() - 1) * right : 0) + (fromBottom ? (picture.height() - 1) * down : 0);
        int alongWidth = fromRight ? -right : right;
        int alongHeight = fromBottom ? -down : down;
        int stepX = turned ? alongHeight : alongWidth;
        int stepY = turned ? alongWidth : alongHeight;
        byte[] rgb = picture.rgb();
        var out = new byte[rgb.length];
        int to = 0;
        for (int y = 0; y < height; y++) {
            int from = start + y * stepY;
            for (int x = 0; x < width; x++, from += stepX, to += 3) {
                out[to] = rgb[from];
                out[to + 1] = rgb[from + 1];
                out[to + 2] = rgb[from + 2];
            }
        }
        return new Picture(width, height, out);
    }
}
