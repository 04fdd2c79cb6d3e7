package io.gatun.runtime.multimodal.decode;

/** One channel of a JPEG picture, in blocks of 8 x 8 samples. */
final class JpegComponent {
    static final int BLOCK = 64;

    final int id;
    final int horizontal;
    final int vertical;
    final int table;
    /** Samples that belong to the picture. */
    int width;
    int height;
    /** Blocks in memory, which fill up whole groups of all channels. */
    int blocksWide;
    byte[] samples;
    /** Coefficients of all blocks, for a progressive picture; else of one. */
    short[] coefficients;
    int[] quantization;
    JpegHuffman dc;
    JpegHuffman ac;
    int lastDc;

    JpegComponent(int id, int horizontal, int vertical, int table) {
        this.id = id;
        this.horizontal = horizontal;
        this.vertical = vertical;
        this.table = table;
    }

    /** Makes room for a picture of {@code groupsWide} x {@code groupsHigh} groups. */
    void allocate(int width, int height, int groupsWide, int groupsHigh, boolean progressive) {
        this.width = width;
        this.height = height;
        blocksWide = groupsWide * horizontal;
        int blocks = Math.multiplyExact(blocksWide, groupsHigh * vertical);
        samples = new byte[Math.multiplyExact(blocks, BLOCK)];
        coefficients = new short[progressive ? samples.length : BLOCK];
    }

    int stride() {
        return blocksWide * 8;
    }
}
