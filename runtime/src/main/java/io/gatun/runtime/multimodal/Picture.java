package io.gatun.runtime.multimodal;

/**
 * A decoded picture.
 *
 * @param rgb three bytes a pixel, red first, row by row from the top
 */
public record Picture(int width, int height, byte[] rgb) {
    public Picture {
        if (width < 1 || height < 1 || rgb.length != Math.multiplyExact(3L * width, (long) height)) {
            throw new IllegalArgumentException("a picture of " + width + " x " + height + " pixels with " + rgb.length + " bytes; it must have 3 a pixel");
        }
    }
}
