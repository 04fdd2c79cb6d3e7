package io.gatun.runtime.multimodal.decode;

import java.util.Arrays;

/** One channel of a VP8 picture, with a row above and a column to the left of what prediction takes for its surroundings. */
final class Vp8Plane {
    private static final int ABOVE = 127;
    private static final int LEFT = 129;
    /** Columns behind the last one, of which the first row's prediction takes some. */
    private static final int MARGIN = 8;

    final byte[] samples;
    final int stride;

    Vp8Plane(int width, int height) {
        stride = 1 + width + MARGIN;
        samples = new byte[Math.multiplyExact(stride, height + 1)];
        Arrays.fill(samples, 0, stride, (byte) ABOVE);
        for (int y = 1; y <= height; y++) {
            samples[y * stride] = (byte) LEFT;
        }
    }

    int at(int x, int y) {
        return (y + 1) * stride + x + 1;
    }

    int get(int at) {
        return samples[at] & 0xff;
    }

    void set(int at, int value) {
        samples[at] = (byte) Math.clamp(value, 0, 255);
    }

    void fill(int at, int size, int value) {
        for (int y = 0; y < size; y++) {
            Arrays.fill(samples, at + y * stride, at + y * stride + size, (byte) value);
        }
    }
}
