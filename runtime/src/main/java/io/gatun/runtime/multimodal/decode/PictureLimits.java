package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.image.PixelSize;
import java.time.Duration;

/**
 * What a picture may cost.
 *
 * @param bytes the most bytes of a file
 * @param pixels the most pixels of a picture
 * @param side the most pixels of a side
 * @param time how long a picture may take to come over a network
 */
public record PictureLimits(int bytes, long pixels, int side, Duration time) {
    /** Enough for what cameras make: 32 MiB and 64 megapixels. */
    public static final PictureLimits DEFAULT = new PictureLimits(32 << 20, 1L << 26, 20_000, Duration.ofSeconds(10));

    public PictureLimits {
        if (bytes < 1 || pixels < 1 || side < 1 || pixels > Integer.MAX_VALUE / 4 || time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException("limits of " + bytes + " bytes, " + pixels + " pixels, " + side + " pixels a side and " + time
                    + "; all must be above 0, and pixels at most " + Integer.MAX_VALUE / 4);
        }
    }

    /** Requires a file of a size that is allowed. */
    void checkBytes(long count) {
        if (count > bytes) {
            throw new MediaException("a picture of " + count + " bytes; there may be at most " + bytes);
        }
    }

    /** Requires a picture of a size that is allowed. */
    void check(PixelSize size) {
        if (size.width() < 1 || size.height() < 1) {
            throw new MediaException("a picture of " + size + " pixels; both sides must be at least 1");
        }
        if (size.width() > side || size.height() > side || (long) size.width() * size.height() > pixels) {
            throw new MediaException("a picture of " + size + " pixels is too large; there may be " + side + " a side and " + pixels + " in all");
        }
    }
}
