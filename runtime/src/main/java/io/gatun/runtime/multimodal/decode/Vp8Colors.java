package io.gatun.runtime.multimodal.decode;

/** From VP8's channels to red, green and blue as libwebp does it: chroma of half the resolution is smoothed over four neighbours. */
final class Vp8Colors {
    private Vp8Colors() {
    }

    static byte[] rgb(Vp8Plane luma, Vp8Plane first, Vp8Plane second, int width, int height) {
        var out = new byte[3 * width * height];
        var u = new int[width];
        var v = new int[width];
        int at = 0;
        for (int y = 0; y < height; y++) {
            enlarge(first, y, width, height, u);
            enlarge(second, y, width, height, v);
            int row = luma.at(0, y);
            for (int x = 0; x < width; x++, at += 3) {
                int light = part(luma.get(row + x), 19_077);
                out[at] = clip(light + part(v[x], 26_149) - 14_234);
                out[at + 1] = clip(light - part(u[x], 6_419) - part(v[x], 13_320) + 8_708);
                out[at + 2] = clip(light + part(u[x], 33_050) - 17_685);
            }
        }
        return out;
    }

    private static int part(int value, int factor) {
        return value * factor >> 8;
    }

    private static byte clip(int value) {
        return (byte) Math.clamp(value >> 6, 0, 255);
    }

    /** Row {@code y} of a channel in full resolution: 9/16 of the nearest sample, 3/16 of those beside and above or below, 1/16 of the last. */
    private static void enlarge(Vp8Plane plane, int y, int width, int height, int[] out) {
        int rows = (height + 1) / 2;
        int near = plane.at(0, y / 2);
        int far = plane.at(0, Math.clamp(y % 2 == 0 ? y / 2 - 1 : y / 2 + 1, 0, rows - 1));
        int last = (width + 1) / 2 - 1;
        for (int x = 0; x < width; x++) {
            int here = x / 2;
            int beside = x % 2 == 0 ? here - 1 : here + 1;
            int a = plane.get(near + here);
            int c = plane.get(far + here);
            if (beside < 0 || beside > last) {
                out[x] = 3 * a + c + 2 >> 2;
            } else {
                int b = plane.get(near + beside);
                int d = plane.get(far + beside);
                out[x] = (a + b + c + d + 8 + 2 * (b + c) >> 3) + a >> 1;
            }
        }
    }
}
