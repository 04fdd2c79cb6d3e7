package io.gatun.runtime.multimodal.decode;

/** From a JPEG picture's channels to red, green and blue, as libjpeg and PIL do it. */
final class JpegColors {
    private static final int BITS = 16;
    private static final int HALF = 1 << BITS - 1;
    private static final int CR_RED = 91_881;
    private static final int CB_BLUE = 116_130;
    private static final int CR_GREEN = 46_802;
    private static final int CB_GREEN = 22_554;

    private JpegColors() {
    }

    static void gray(int[] row, byte[] rgb, int at, int width) {
        for (int x = 0; x < width; x++, at += 3) {
            byte value = (byte) row[x];
            rgb[at] = value;
            rgb[at + 1] = value;
            rgb[at + 2] = value;
        }
    }

    static void rgb(int[] red, int[] green, int[] blue, byte[] rgb, int at, int width) {
        for (int x = 0; x < width; x++, at += 3) {
            rgb[at] = (byte) red[x];
            rgb[at + 1] = (byte) green[x];
            rgb[at + 2] = (byte) blue[x];
        }
    }

    /** Luma and two differences of colour. */
    static void ycc(int[] luma, int[] cb, int[] cr, byte[] rgb, int at, int width) {
        for (int x = 0; x < width; x++, at += 3) {
            int y = luma[x];
            int b = cb[x] - 128;
            int r = cr[x] - 128;
            rgb[at] = (byte) Math.clamp(y + (CR_RED * r + HALF >> BITS), 0, 255);
            rgb[at + 1] = (byte) Math.clamp(y + (HALF - CB_GREEN * b - CR_GREEN * r >> BITS), 0, 255);
            rgb[at + 2] = (byte) Math.clamp(y + (CB_BLUE * b + HALF >> BITS), 0, 255);
        }
    }

    /** Four inks, stored inverted as Adobe does and PIL takes for granted. */
    static void cmyk(int[] cyan, int[] magenta, int[] yellow, int[] black, byte[] rgb, int at, int width) {
        for (int x = 0; x < width; x++, at += 3) {
            rgb[at] = without(255 - cyan[x], black[x]);
            rgb[at + 1] = without(255 - magenta[x], black[x]);
            rgb[at + 2] = without(255 - yellow[x], black[x]);
        }
    }

    /** Four inks of which the first three are coded as luma and differences of their inverse. */
    static void ycck(int[] luma, int[] cb, int[] cr, int[] black, byte[] rgb, int at, int width) {
        ycc(luma, cb, cr, rgb, at, width);
        for (int x = 0; x < width; x++) {
            for (int channel = 0; channel < 3; channel++, at++) {
                rgb[at] = without(rgb[at] & 0xff, black[x]);
            }
        }
    }

    /** What of the light that black ink leaves is left by another ink too. */
    private static byte without(int ink, int light) {
        int product = ink * light + 128;
        return (byte) Math.clamp(light - ((product >> 8) + product >> 8), 0, 255);
    }
}
