package io.gatun.runtime.multimodal.image;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;
import java.util.List;

/** A width and a height in pixels, and the ways in which processors choose one. Arithmetic is double precision in the order of Transformers. */
public record PixelSize(int width, int height) {
    /** The most that a processor may enlarge a picture to: a narrow one could take all memory. */
    private static final long MOST_PIXELS = 1L << 26;
    private static final int MOST_STRETCHED = 200;

    public static PixelSize of(Picture picture) {
        return new PixelSize(picture.width(), picture.height());
    }

    /**
     * The same, if a picture of it can be made.
     *
     * @throws MediaException if it is empty or takes too much memory
     */
    PixelSize checked() {
        if (width < 1 || height < 1 || (long) width * height > MOST_PIXELS) {
            throw new MediaException("a picture would become " + this + " pixels; it must have between 1 and " + MOST_PIXELS
                    + ": take one that is less narrow");
        }
        return this;
    }

    /**
     * Qwen2-VL's size: sides that {@code factor} divides, at least {@code minPixels} and at most {@code maxPixels}, about the same shape.
     *
     * @throws MediaException if a side is more than 200 times the other
     */
    public PixelSize smart(int factor, long minPixels, long maxPixels) {
        int longer = Math.max(width, height);
        int shorter = Math.min(width, height);
        if ((double) longer / shorter > MOST_STRETCHED) {
            throw new MediaException("a picture of " + this + " pixels is too narrow: one side may be at most " + MOST_STRETCHED + " times the other");
        }
        double pixels = (double) height * width;
        double high = Math.rint((double) height / factor) * factor;
        double wide = Math.rint((double) width / factor) * factor;
        if (high * wide > maxPixels) {
            double shrink = Math.sqrt(pixels / maxPixels);
            high = Math.max(factor, Math.floor(height / shrink / factor) * factor);
            wide = Math.max(factor, Math.floor(width / shrink / factor) * factor);
        } else if (high * wide < minPixels) {
            double grow = Math.sqrt(minPixels / pixels);
            high = Math.ceil(height * grow / factor) * factor;
            wide = Math.ceil(width * grow / factor) * factor;
        }
        return new PixelSize((int) wide, (int) high).checked();
    }

    /** The size with a shorter side of {@code edge} pixels and the same shape. */
    public PixelSize shortestEdge(int edge) {
        int longer = Math.max(width, height);
        int other = (int) ((double) ((long) edge * longer) / Math.min(width, height));
        return (width <= height ? new PixelSize(edge, other) : new PixelSize(other, edge)).checked();
    }

    /** The largest size of the same shape within {@code box}. */
    public PixelSize within(PixelSize box) {
        double scaleWidth = (double) box.width / width;
        double scaleHeight = (double) box.height / height;
        return scaleWidth < scaleHeight ? new PixelSize(box.width, (int) Math.min(Math.ceil(height * scaleWidth), box.height))
                : new PixelSize((int) Math.min(Math.ceil(width * scaleHeight), box.width), box.height);
    }

    /**
     * Of sizes that a model takes, the one in which most of this picture's pixels are kept, and of those the one with the least padding.
     *
     * @param possible at least one
     */
    public PixelSize best(List<PixelSize> possible) {
        var best = possible.getFirst();
        long mostKept = 0;
        long leastWasted = Long.MAX_VALUE;
        for (var size : possible) {
            double scale = Math.min((double) size.width / width, (double) size.height / height);
            long kept = Math.min((long) (width * scale) * (long) (height * scale), (long) width * height);
            long wasted = (long) size.width * size.height - kept;
            if (kept > mostKept || kept == mostKept && wasted < leastWasted) {
                mostKept = kept;
                leastWasted = wasted;
                best = size;
            }
        }
        return best;
    }

    @Override
    public String toString() {
        return width + " x " + height;
    }
}
