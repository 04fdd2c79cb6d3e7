package io.gatun.runtime.multimodal.decode;

import java.util.Arrays;

/** What VP8 predicts of a block from the samples around it. */
final class Vp8Predictor {
    static final int DC = 0;
    static final int VERTICAL = 1;
    static final int HORIZONTAL = 2;
    static final int TRUE_MOTION = 3;
    /** Modes of 4 x 4 blocks, in the order of the format's table. */
    static final int SMALL_DC = 0;
    static final int SMALL_TRUE_MOTION = 1;
    static final int SMALL_VERTICAL = 2;
    static final int SMALL_HORIZONTAL = 3;

    /** Samples around a 4 x 4 block: left from the bottom (0 to 3), the corner (4), above and to the right (5 to 12). */
    private final int[] edge = new int[13];

    /** Predicts a block of 16 or 8 samples a side. */
    static void large(Vp8Plane plane, int at, int size, int mode, boolean hasAbove, boolean hasLeft) {
        switch (mode) {
            case DC -> plane.fill(at, size, dc(plane, at, size, hasAbove, hasLeft));
            case VERTICAL -> {
                for (int y = 0; y < size; y++) {
                    System.arraycopy(plane.samples, at - plane.stride, plane.samples, at + y * plane.stride, size);
                }
            }
            case HORIZONTAL -> {
                for (int y = 0; y < size; y++) {
                    int row = at + y * plane.stride;
                    Arrays.fill(plane.samples, row, row + size, plane.samples[row - 1]);
                }
            }
            default -> trueMotion(plane, at, size);
        }
    }

    private static int dc(Vp8Plane plane, int at, int size, boolean hasAbove, boolean hasLeft) {
        int sum = 0;
        for (int i = 0; i < size; i++) {
            sum += (hasAbove ? plane.get(at - plane.stride + i) : 0) + (hasLeft ? plane.get(at + i * plane.stride - 1) : 0);
        }
        int count = (hasAbove ? size : 0) + (hasLeft ? size : 0);
        return count == 0 ? 128 : (sum + count / 2) / count;
    }

    private static void trueMotion(Vp8Plane plane, int at, int size) {
        int corner = plane.get(at - plane.stride - 1);
        for (int y = 0; y < size; y++) {
            int row = at + y * plane.stride;
            int difference = plane.get(row - 1) - corner;
            for (int x = 0; x < size; x++) {
                plane.set(row + x, plane.get(at - plane.stride + x) + difference);
            }
        }
    }

    /**
     * Predicts a 4 x 4 block.
     *
     * @param right where the four samples above and to its right are
     * @param repeated whether the first of those stands for all, as it has no more to its right
     */
    void small(Vp8Plane plane, int at, int mode, int right, boolean repeated) {
        for (int i = 0; i < 4; i++) {
            edge[3 - i] = plane.get(at + i * plane.stride - 1);
            edge[5 + i] = plane.get(at - plane.stride + i);
            edge[9 + i] = plane.get(repeated ? right : right + i);
        }
        edge[4] = plane.get(at - plane.stride - 1);
        switch (mode) {
            case SMALL_DC -> plane.fill(at, 4, edge[0] + edge[1] + edge[2] + edge[3] + edge[5] + edge[6] + edge[7] + edge[8] + 4 >> 3);
            case SMALL_TRUE_MOTION -> trueMotion(plane, at, 4);
            case SMALL_VERTICAL -> {
                for (int x = 0; x < 4; x++) {
                    put(plane, at, three(5 + x), x, 0, x, 1, x, 2, x, 3);
                }
            }
            case SMALL_HORIZONTAL -> {
                for (int y = 0; y < 3; y++) {
                    put(plane, at, three(3 - y), 0, y, 1, y, 2, y, 3, y);
                }
                put(plane, at, edge[1] + 3 * edge[0] + 2 >> 2, 0, 3, 1, 3, 2, 3, 3, 3);
            }
            case 4 -> leftDown(plane, at);
            case 5 -> rightDown(plane, at);
            case 6 -> verticalRight(plane, at);
            case 7 -> verticalLeft(plane, at);
            case 8 -> horizontalDown(plane, at);
            default -> horizontalUp(plane, at);
        }
    }

    private void leftDown(Vp8Plane plane, int at) {
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 4; x++) {
                plane.set(at + y * plane.stride + x, x + y == 6 ? edge[11] + 3 * edge[12] + 2 >> 2 : three(6 + x + y));
            }
        }
    }

    private void rightDown(Vp8Plane plane, int at) {
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 4; x++) {
                plane.set(at + y * plane.stride + x, three(4 + x - y));
            }
        }
    }

    private void verticalRight(Vp8Plane plane, int at) {
        put(plane, at, two(4), 0, 0, 1, 2);
        put(plane, at, two(5), 1, 0, 2, 2);
        put(plane, at, two(6), 2, 0, 3, 2);
        put(plane, at, two(7), 3, 0);
        put(plane, at, three(2), 0, 3);
        put(plane, at, three(3), 0, 2);
        put(plane, at, three(4), 0, 1, 1, 3);
        put(plane, at, three(5), 1, 1, 2, 3);
        put(plane, at, three(6), 2, 1, 3, 3);
        put(plane, at, three(7), 3, 1);
    }

    private void verticalLeft(Vp8Plane plane, int at) {
        put(plane, at, two(5), 0, 0);
        put(plane, at, two(6), 1, 0, 0, 2);
        put(plane, at, two(7), 2, 0, 1, 2);
        put(plane, at, two(8), 3, 0, 2, 2);
        put(plane, at, three(6), 0, 1);
        put(plane, at, three(7), 1, 1, 0, 3);
        put(plane, at, three(8), 2, 1, 1, 3);
        put(plane, at, three(9), 3, 1, 2, 3);
        put(plane, at, three(10), 3, 2);
        put(plane, at, three(11), 3, 3);
    }

    private void horizontalDown(Vp8Plane plane, int at) {
        put(plane, at, two(3), 0, 0, 2, 1);
        put(plane, at, two(2), 0, 1, 2, 2);
        put(plane, at, two(1), 0, 2, 2, 3);
        put(plane, at, two(0), 0, 3);
        put(plane, at, three(6), 3, 0);
        put(plane, at, three(5), 2, 0);
        put(plane, at, three(4), 1, 0, 3, 1);
        put(plane, at, three(3), 1, 1, 3, 2);
        put(plane, at, three(2), 1, 2, 3, 3);
        put(plane, at, three(1), 1, 3);
    }

    private void horizontalUp(Vp8Plane plane, int at) {
        put(plane, at, two(2), 0, 0);
        put(plane, at, two(1), 2, 0, 0, 1);
        put(plane, at, two(0), 2, 1, 0, 2);
        put(plane, at, three(2), 1, 0);
        put(plane, at, three(1), 3, 0, 1, 1);
        put(plane, at, edge[1] + 3 * edge[0] + 2 >> 2, 3, 1, 1, 2);
        put(plane, at, edge[0], 3, 2, 2, 2, 0, 3, 1, 3, 2, 3, 3, 3);
    }

    /** The mean of a sample of the edge and the next. */
    private int two(int i) {
        return edge[i] + edge[i + 1] + 1 >> 1;
    }

    /** The mean of a sample of the edge, counted twice, and its neighbours. */
    private int three(int i) {
        return edge[i - 1] + 2 * edge[i] + edge[i + 1] + 2 >> 2;
    }

    private static void put(Vp8Plane plane, int at, int value, int... places) {
        for (int i = 0; i < places.length; i += 2) {
            plane.samples[at + places[i + 1] * plane.stride + places[i]] = (byte) value;
        }
    }
}
