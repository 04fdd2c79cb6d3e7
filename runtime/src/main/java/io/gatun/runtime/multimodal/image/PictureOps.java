package io.gatun.runtime.multimodal.image;

import io.gatun.runtime.multimodal.Picture;

/** Cutting and padding. Nothing here changes a pixel. */
public final class PictureOps {
    private static final int CHANNELS = 3;

    private PictureOps() {
    }

    /**
     * The part of a picture from ({@code left}, {@code top}) on, which may lie outside of it: what does not belong to the picture is {@code rgb}.
     *
     * @param rgb what is around the picture, 0xRRGGBB
     */
    public static Picture window(Picture picture, int left, int top, PixelSize size, int rgb) {
        size.checked();
        var out = new byte[size.width() * size.height() * CHANNELS];
        if (rgb != 0) {
            for (int i = 0; i < out.length; i += CHANNELS) {
                out[i] = (byte) (rgb >> 16);
                out[i + 1] = (byte) (rgb >> 8);
                out[i + 2] = (byte) rgb;
            }
        }
        int firstColumn = Math.max(left, 0);
        int columns = Math.min(left + size.width(), picture.width()) - firstColumn;
        for (int y = Math.max(top, 0); y < Math.min(top + size.height(), picture.height()) && columns > 0; y++) {
            System.arraycopy(picture.rgb(), (y * picture.width() + firstColumn) * CHANNELS, out,
                    ((y - top) * size.width() + firstColumn - left) * CHANNELS, columns * CHANNELS);
        }
        return new Picture(size.width(), size.height(), out);
    }

    /** The middle of a picture; a picture that is smaller gets a black frame. */
    public static Picture centerCrop(Picture picture, PixelSize size) {
        if (PixelSize.of(picture).equals(size)) {
            return picture;
        }
        return window(picture, Math.floorDiv(picture.width() - size.width(), 2), Math.floorDiv(picture.height() - size.height(), 2), size, 0);
    }

    /** The picture in the middle of a larger black one. */
    public static Picture centered(Picture picture, PixelSize size) {
        return window(picture, -((size.width() - picture.width()) / 2), -((size.height() - picture.height()) / 2), size, 0);
    }

    /** The picture in the middle of a square with sides of its longer one. */
    public static Picture square(Picture picture, int rgb) {
        int side = Math.max(picture.width(), picture.height());
        if (picture.width() == picture.height()) {
            return picture;
        }
        return window(picture, -((side - picture.width()) / 2), -((side - picture.height()) / 2), new PixelSize(side, side), rgb);
    }
}
