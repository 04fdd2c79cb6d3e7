package io.gatun.runtime.multimodal.image;

import io.gatun.runtime.multimodal.MediaException;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * How a picture of any resolution is laid out in tiles of one size, as a {@code MediaFeature}'s grid says it. Tile 0 is the whole picture made small; the
 * others, row by row, make together a map of {@code tilesHigh * patchesHigh} rows of {@code tilesWide * patchesWide} features.
 *
 * @param tilesHigh rows of tiles, without tile 0; 0 for a picture that is tile 0 only
 * @param patchesHigh rows of patches of one tile
 * @param top the first row of the map that is no padding
 * @param high how many rows of the map are no padding
 * @param outHigh rows to which those are interpolated; {@code high} where they are not
 */
public record AnyresGrid(int tilesHigh, int tilesWide, int patchesHigh, int patchesWide, int top, int left, int high, int wide, int outHigh, int outWide) {
    /** Interpolation by less is not worth it. */
    private static final double SMALLEST_REDUCTION = 1.1;

    /** A picture that is one tile. */
    public static AnyresGrid single(int patchesHigh, int patchesWide) {
        return new AnyresGrid(0, 0, patchesHigh, patchesWide, 0, 0, 0, 0, 0, 0);
    }

    /**
     * Tiles of a picture of {@code width} x {@code height} pixels, of which the padding is cut off again.
     *
     * @throws MediaException if nothing of it would be left
     */
    public static AnyresGrid of(int width, int height, int tilesHigh, int tilesWide, int patchesHigh, int patchesWide) {
        int rows = tilesHigh * patchesHigh;
        int columns = tilesWide * patchesWide;
        int top = 0;
        int left = 0;
        if ((double) width / height > (double) columns / rows) {
            top = (rows - rounded(height * ((double) columns / width))) / 2;
        } else {
            left = (columns - rounded(width * ((double) rows / height))) / 2;
        }
        int high = rows - 2 * top;
        int wide = columns - 2 * left;
        if (high < 1 || wide < 1) {
            throw new MediaException("a picture of " + width + " x " + height + " pixels is too narrow: nothing of it is left in " + columns + " x " + rows
                    + " patches");
        }
        return new AnyresGrid(tilesHigh, tilesWide, patchesHigh, patchesWide, top, left, high, wide, high, wide);
    }

    /** A grid from the numbers of {@link #toArray}. */
    public static AnyresGrid of(int[] grid) {
        if (grid.length != 10) {
            throw new IllegalArgumentException("a grid of " + grid.length + " numbers; tiles are described by 10");
        }
        return new AnyresGrid(grid[0], grid[1], grid[2], grid[3], grid[4], grid[5], grid[6], grid[7], grid[8], grid[9]);
    }

    /** The same, its map interpolated to the size of about {@code maxTiles} tiles if it is clearly larger. */
    public AnyresGrid atMost(int maxTiles) {
        double ratio = Math.sqrt((double) high * wide / ((double) maxTiles * patchesHigh * patchesHigh));
        return ratio > SMALLEST_REDUCTION ? new AnyresGrid(tilesHigh, tilesWide, patchesHigh, patchesWide, top, left, high, wide,
                (int) Math.floor(high / ratio), (int) Math.floor(wide / ratio)) : this;
    }

    /** The components in their order. */
    public int[] toArray() {
        return new int[]{tilesHigh, tilesWide, patchesHigh, patchesWide, top, left, high, wide, outHigh, outWide};
    }

    /** How many tiles there are, tile 0 among them. */
    public int tiles() {
        return 1 + tilesHigh * tilesWide;
    }

    /** Tokens of the picture: the features of tile 0, and those of the map with a newline after each row; or tile 0 and one newline. */
    public int tokens() {
        return patchesHigh * patchesWide + (tilesHigh == 0 ? 1 : outHigh * (outWide + 1));
    }

    /** Towards zero, after rounding to 7 decimals, so that 24 computed as 23.9999999999 stays 24. */
    private static int rounded(double value) {
        return new BigDecimal(value).setScale(7, RoundingMode.HALF_EVEN).intValue();
    }
}
