package io.gatun.runtime.multimodal.image;

import io.gatun.runtime.multimodal.Picture;
import java.util.List;
import java.util.stream.IntStream;

/** Cuts pictures into flattened patches, so that a tower's first convolution is one matrix product. Rows of patches are made side by side. */
public final class Patches {
    private static final int CHANNELS = 3;

    private Patches() {
    }

    /** Numbers in a patch of {@link #plain}. */
    public static int plainColumns(int patch) {
        return CHANNELS * patch * patch;
    }

    /**
     * Patches row by row, each (channel, row, column). What is left of a side that {@code patch} does not divide is cut off.
     *
     * @param out receives {@code (height / patch) * (width / patch)} rows of {@code 3 * patch * patch} numbers
     * @param at where the first row goes
     */
    public static void plain(Picture picture, int patch, Normalizer normalizer, float[] out, int at) {
        int columns = picture.width() / patch;
        int rowNumbers = columns * plainColumns(patch);
        IntStream.range(0, picture.height() / patch).parallel().forEach(row -> {
            int to = at + row * rowNumbers;
            for (int column = 0; column < columns; column++) {
                to = one(picture, column * patch, row * patch, patch, 1, normalizer, out, to);
            }
        });
    }

    /**
     * Patches over {@code time} frames in Qwen2-VL's order: (frames, rows of blocks, columns of blocks, row in the block, column in the block), a block being
     * {@code merge * merge} patches that a tower merges; each (channel, time, row, column).
     *
     * @param frames as many as {@code time} divides, all of one size that {@code patch * merge} divides; or one, which is taken for all of its {@code time}
     * frames
     * @return rows of {@code 3 * time * patch * patch} numbers
     */
    public static float[] merged(List<Picture> frames, int patch, int merge, int time, Normalizer normalizer) {
        int rows = frames.getFirst().height() / patch;
        int columns = frames.getFirst().width() / patch;
        boolean still = frames.size() == 1;
        int times = still ? 1 : frames.size() / time;
        var out = new float[Math.multiplyExact(times * rows * columns, CHANNELS * time * patch * patch)];
        for (int t = 0; t < times; t++) {
            for (int frame = 0; frame < (still ? 1 : time); frame++) {
                int at = t * rows * columns * CHANNELS * time * patch * patch + frame * patch * patch;
                mergedFrame(frames.get(t * time + frame), patch, merge, time, still, normalizer, out, at);
            }
        }
        return out;
    }

    /** @param still whether the frame is that of all times */
    private static void mergedFrame(Picture frame, int patch, int merge, int time, boolean still, Normalizer normalizer, float[] out, int at) {
        int block = patch * merge;
        int blockRowNumbers = frame.width() / patch * merge * CHANNELS * time * patch * patch;
        IntStream.range(0, frame.height() / block).parallel().forEach(blockRow -> {
            int from = at + blockRow * blockRowNumbers;
            int to = from;
            for (int left = 0; left < frame.width(); left += block) {
                for (int y = blockRow * block; y < (blockRow + 1) * block; y += patch) {
                    for (int x = left; x < left + block; x += patch) {
                        to = one(frame, x, y, patch, time, normalizer, out, to);
                    }
                }
            }
            if (still) {
                repeat(out, from, to, patch * patch, time);
            }
        });
    }

    /** Writes the channels of one patch, each {@code spread} times its own size after the one before. */
    private static int one(Picture picture, int left, int top, int patch, int spread, Normalizer normalizer, float[] out, int at) {
        byte[] rgb = picture.rgb();
        for (int channel = 0; channel < CHANNELS; channel++) {
            float[] values = normalizer.channel(channel);
            int to = at + channel * spread * patch * patch;
            for (int y = top; y < top + patch; y++) {
                int from = (y * picture.width() + left) * CHANNELS + channel;
                for (int x = 0; x < patch; x++) {
                    out[to + x] = values[rgb[from + CHANNELS * x] & 0xff];
                }
                to += patch;
            }
        }
        return at + CHANNELS * spread * patch * patch;
    }

    /** Copies the first of every {@code times} runs of {@code run} numbers over the others. */
    private static void repeat(float[] out, int from, int to, int run, int times) {
        for (int at = from; at < to; at += run * times) {
            for (int copy = 1; copy < times; copy++) {
                System.arraycopy(out, at, out, at + copy * run, run);
            }
        }
    }
}
