package io.gatun.runtime.multimodal.image;

import io.gatun.runtime.multimodal.Picture;
import java.util.List;

/** Cuts pictures into flattened patches, so that a tower's first convolution is one matrix product. */
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
        int rows = picture.height() / patch;
        int columns = picture.width() / patch;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                at = one(picture, column * patch, row * patch, patch, 1, normalizer, out, at);
            }
        }
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
                mergedFrame(frames.get(t * time + frame), patch, merge, time, normalizer, out, at);
            }
        }
        if (still) {
            repeat(out, patch * patch, time);
        }
        return out;
    }

    private static void mergedFrame(Picture frame, int patch, int merge, int time, Normalizer normalizer, float[] out, int at) {
        int block = patch * merge;
        for (int top = 0; top < frame.height(); top += block) {
            for (int left = 0; left < frame.width(); left += block) {
                for (int y = top; y < top + block; y += patch) {
                    for (int x = left; x < left + block; x += patch) {
                        at = one(frame, x, y, patch, time, normalizer, out, at);
                    }
                }
            }
        }
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
    private static void repeat(float[] out, int run, int times) {
        for (int at = 0; at < out.length; at += run * times) {
            for (int copy = 1; copy < times; copy++) {
                System.arraycopy(out, at, out, at + copy * run, run);
            }
        }
    }
}
