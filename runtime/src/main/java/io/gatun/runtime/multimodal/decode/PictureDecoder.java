package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;

/** Makes pixels of a picture's file as PIL does, upright by its Exif orientation. It keeps nothing, and many threads may use it at once. */
public final class PictureDecoder {
    private PictureDecoder() {
    }

    /**
     * Decodes a picture whose header names a size that is allowed.
     *
     * @throws MediaException if it is no picture, broken, truncated or too large
     */
    public static Picture decode(byte[] bytes, PictureLimits limits) {
        limits.checkBytes(bytes.length);
        var format = PictureFormat.of(bytes);
        try {
            limits.check(format.size(bytes));
            return format.decode(bytes);
        } catch (IndexOutOfBoundsException | ArithmeticException | NegativeArraySizeException e) {
            throw new MediaException("the picture, " + format + " by its first bytes, is broken: its data leads outside of itself", e);
        }
    }
}
