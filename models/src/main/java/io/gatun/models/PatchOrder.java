package io.gatun.models;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Where the patches of a picture stand, for the towers of Qwen2-VL and Qwen2.5-VL. Patches that are merged into one token follow each other; tokens follow
 * each other row by row and frame by frame, or window by window.
 *
 * @param rows the row of each patch
 * @param columns the column of each patch
 * @param frames where each frame begins, and the end
 * @param windows where each window begins, and the end
 * @param tokens the token that each group of patches makes, by its place row by row
 */
record PatchOrder(int[] rows, int[] columns, int[] frames, int[] windows, int[] tokens) {

    /** A window that has room for a whole frame. */
    static final int NO_WINDOW = Integer.MAX_VALUE;

    /**
     * The order of {@code t} frames of {@code h} by {@code w} patches, frame by frame and in each window by window.
     *
     * @param merge how many rows and columns of patches a token is made of; it divides {@code h} and {@code w}
     * @param window how many rows and columns of tokens a window has; those at the right and lower edge may have fewer
     */
    static PatchOrder of(int t, int h, int w, int merge, int window) {
        int tokensHigh = h / merge;
        int tokensWide = w / merge;
        int[] tokens = new int[t * tokensHigh * tokensWide];
        int[] windows = new int[t * Math.ceilDiv(tokensHigh, window) * Math.ceilDiv(tokensWide, window) + 1];
        int count = 0;
        int ends = 0;
        for (int frame = 0; frame < t; frame++) {
            for (int top = 0; top < tokensHigh; top += window) {
                for (int left = 0; left < tokensWide; left += window) {
                    for (int y = top; y < Math.min(top + window, tokensHigh); y++) {
                        for (int x = left; x < Math.min(left + window, tokensWide); x++) {
                            tokens[count++] = (frame * tokensHigh + y) * tokensWide + x;
                        }
                    }
                    windows[++ends] = count * merge * merge;
                }
            }
        }
        int patches = tokens.length * merge * merge;
        int[] rows = new int[patches];
        int[] columns = new int[patches];
        for (int i = 0; i < patches; i++) {
            int token = tokens[i / (merge * merge)] % (tokensHigh * tokensWide);
            rows[i] = token / tokensWide * merge + i / merge % merge;
            columns[i] = token % tokensWide * merge + i % merge;
        }
        return new PatchOrder(rows, columns, IntStream.rangeClosed(0, t).map(frame -> frame * h * w).toArray(), windows, tokens);
    }

    /** By a token's place row by row, where it is in this order. */
    int[] inverse() {
        int[] inverse = new int[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            inverse[tokens[i]] = i;
        }
        return inverse;
    }

    /** Whether tokens are where they are row by row. */
    boolean isPlain() {
        return Arrays.equals(tokens, IntStream.range(0, tokens.length).toArray());
    }

    /** Patches of the longest of some runs. */
    static int longest(int[] bounds) {
        return IntStream.range(1, bounds.length).map(i -> bounds[i] - bounds[i - 1]).max().orElse(0);
    }
}
