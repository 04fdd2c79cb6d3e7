package io.gatun.runtime.multimodal.decode;

/** 256 colours by number; those that a file leaves out are greys, as in PIL. */
final class Palette {
    private final byte[] rgb = new byte[3 * 256];

    Palette() {
        for (int i = 0; i < 256; i++) {
            set(i, i, i, i);
        }
    }

    void set(int index, int red, int green, int blue) {
        rgb[3 * index] = (byte) red;
        rgb[3 * index + 1] = (byte) green;
        rgb[3 * index + 2] = (byte) blue;
    }

    /** Writes a colour's three bytes. */
    void copy(int index, byte[] out, int at) {
        out[at] = rgb[3 * index];
        out[at + 1] = rgb[3 * index + 1];
        out[at + 2] = rgb[3 * index + 2];
    }
}
