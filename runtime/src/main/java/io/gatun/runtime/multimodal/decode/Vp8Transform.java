package io.gatun.runtime.multimodal.decode;

/** VP8's inverse transforms. */
final class Vp8Transform {
    private static final int COS = 20_091;
    private static final int SIN = 35_468;

    private final int[] work = new int[16];

    /** Adds the inverse cosine transform of 16 coefficients to a 4 x 4 block. */
    void add(int[] in, int from, Vp8Plane plane, int at) {
        for (int i = 0; i < 4; i++) {
            int second = in[from + i + 4];
            int fourth = in[from + i + 12];
            int a = in[from + i] + in[from + i + 8];
            int b = in[from + i] - in[from + i + 8];
            int c = sin(second) - cos(fourth);
            int d = cos(second) + sin(fourth);
            work[4 * i] = a + d;
            work[4 * i + 1] = b + c;
            work[4 * i + 2] = b - c;
            work[4 * i + 3] = a - d;
        }
        for (int i = 0; i < 4; i++) {
            int a = work[i] + 4 + work[8 + i];
            int b = work[i] + 4 - work[8 + i];
            int c = sin(work[4 + i]) - cos(work[12 + i]);
            int d = cos(work[4 + i]) + sin(work[12 + i]);
            int row = at + i * plane.stride;
            plane.set(row, plane.get(row) + (a + d >> 3));
            plane.set(row + 1, plane.get(row + 1) + (b + c >> 3));
            plane.set(row + 2, plane.get(row + 2) + (b - c >> 3));
            plane.set(row + 3, plane.get(row + 3) + (a - d >> 3));
        }
    }

    private static int cos(int value) {
        return (value * COS >> 16) + value;
    }

    private static int sin(int value) {
        return value * SIN >> 16;
    }

    /** Spreads the inverse Walsh-Hadamard transform of 16 numbers over the first coefficients of 16 blocks. */
    void spread(int[] in, int from, int[] out) {
        for (int i = 0; i < 4; i++) {
            int a = in[from + i] + in[from + 12 + i];
            int b = in[from + 4 + i] + in[from + 8 + i];
            int c = in[from + 4 + i] - in[from + 8 + i];
            int d = in[from + i] - in[from + 12 + i];
            work[i] = a + b;
            work[4 + i] = d + c;
            work[8 + i] = a - b;
            work[12 + i] = d - c;
        }
        for (int i = 0; i < 4; i++) {
            int first = work[4 * i] + 3;
            int a = first + work[4 * i + 3];
            int b = work[4 * i + 1] + work[4 * i + 2];
            int c = work[4 * i + 1] - work[4 * i + 2];
            int d = first - work[4 * i + 3];
            out[64 * i] = a + b >> 3;
            out[64 * i + 16] = d + c >> 3;
            out[64 * i + 32] = a - b >> 3;
            out[64 * i + 48] = d - c >> 3;
        }
    }
}
