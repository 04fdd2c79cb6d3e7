package io.gatun.runtime.multimodal.decode;

/**
 * What an encoder did to a lossless WebP's pixels to make them easier to code, and how it is undone.
 *
 * @param width the width before it, which indices of few bits make smaller
 * @param bits sides of the blocks that have one entry of {@code data}, or how many indices a pixel holds, as a power of two
 * @param data one entry a block, or the colours
 */
record Vp8lTransform(int kind, int width, int bits, int[] data) {
    static final int PREDICTOR = 0;
    static final int CROSS_COLOR = 1;
    static final int SUBTRACT_GREEN = 2;
    static final int INDEXING = 3;
    private static final int BLACK = 0xff000000;

    /** The pixels as they were before. */
    int[] undo(int[] pixels, int height) {
        switch (kind) {
            case PREDICTOR -> predict(pixels, height);
            case CROSS_COLOR -> crossColor(pixels);
            case SUBTRACT_GREEN -> {
                for (int i = 0; i < pixels.length; i++) {
                    int green = pixels[i] >> 8 & 0xff;
                    pixels[i] = pixels[i] & 0xff00ff00 | (pixels[i] & 0x00ff00ff) + (green << 16 | green) & 0x00ff00ff;
                }
            }
            default -> {
                return colors(pixels, height);
            }
        }
        return pixels;
    }

    /** How many blocks cover a side. */
    static int blocks(int side, int bits) {
        return side + (1 << bits) - 1 >> bits;
    }

    private int[] colors(int[] pixels, int height) {
        int packed = blocks(width, bits);
        int each = 8 >> bits;
        var out = new int[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int green = pixels[y * packed + (x >> bits)] >> 8 & 0xff;
                int index = green >> (x & (1 << bits) - 1) * each & (1 << each) - 1;
                out[y * width + x] = index < data.length ? data[index] : 0;
            }
        }
        return out;
    }

    private void crossColor(int[] pixels) {
        int blocksWide = blocks(width, bits);
        for (int i = 0; i < pixels.length; i++) {
            int factors = data[(i / width >> bits) * blocksWide + (i % width >> bits)];
            int pixel = pixels[i];
            byte green = (byte) (pixel >> 8);
            int red = (pixel >> 16) + change((byte) factors, green) & 0xff;
            int blue = pixel + change((byte) (factors >> 8), green) + change((byte) (factors >> 16), (byte) red) & 0xff;
            pixels[i] = pixel & 0xff00ff00 | red << 16 | blue;
        }
    }

    private static int change(byte factor, byte color) {
        return factor * color >> 5;
    }

    private void predict(int[] pixels, int height) {
        pixels[0] = add(pixels[0], BLACK);
        for (int x = 1; x < width; x++) {
            pixels[x] = add(pixels[x], pixels[x - 1]);
        }
        int blocksWide = blocks(width, bits);
        for (int y = 1; y < height; y++) {
            int row = y * width;
            pixels[row] = add(pixels[row], pixels[row - width]);
            for (int x = 1; x < width; x++) {
                int mode = data[(y >> bits) * blocksWide + (x >> bits)] >> 8 & 15;
                pixels[row + x] = add(pixels[row + x], prediction(mode, pixels, row + x));
            }
        }
    }

    private int prediction(int mode, int[] pixels, int at) {
        int left = pixels[at - 1];
        int up = pixels[at - width];
        int upRight = pixels[at - width + 1];
        int corner = pixels[at - width - 1];
        return switch (mode) {
            case 1 -> left;
            case 2 -> up;
            case 3 -> upRight;
            case 4 -> corner;
            case 5 -> mean(mean(left, upRight), up);
            case 6 -> mean(left, corner);
            case 7 -> mean(left, up);
            case 8 -> mean(corner, up);
            case 9 -> mean(up, upRight);
            case 10 -> mean(mean(left, corner), mean(up, upRight));
            case 11 -> closer(up, left, corner);
            case 12 -> gradient(left, up, corner, 0);
            case 13 -> gradient(mean(left, up), mean(left, up), corner, 1);
            default -> BLACK;
        };
    }

    private static int add(int one, int other) {
        return (one & 0xff00ff00) + (other & 0xff00ff00) & 0xff00ff00 | (one & 0x00ff00ff) + (other & 0x00ff00ff) & 0x00ff00ff;
    }

    private static int mean(int one, int other) {
        return (((one ^ other) & 0xfefefefe) >>> 1) + (one & other);
    }

    /** Of the pixel above and the one to the left, the one that the other and the corner lead to. */
    private static int closer(int up, int left, int corner) {
        int difference = 0;
        for (int shift = 0; shift < 32; shift += 8) {
            int c = corner >>> shift & 0xff;
            difference += Math.abs((left >>> shift & 0xff) - c) - Math.abs((up >>> shift & 0xff) - c);
        }
        return difference <= 0 ? up : left;
    }

    /** In each channel {@code one + other - corner}, or {@code one} and half of its distance from the corner. */
    private static int gradient(int one, int other, int corner, int half) {
        int out = 0;
        for (int shift = 0; shift < 32; shift += 8) {
            int change = (other >>> shift & 0xff) - (corner >>> shift & 0xff);
            out |= Math.clamp((one >>> shift & 0xff) + (half == 0 ? change : change / 2), 0, 255) << shift;
        }
        return out;
    }
}
