package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.image.PixelSize;
import java.util.Arrays;

/** Decodes the first frame of a GIF. What it does not cover has the transparent colour if there is one, else the first, as in PIL. */
final class GifDecoder {
    private static final int MOST_CODES = 4096;
    private static final int[][] INTERLACED = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};

    private final ByteReader in;
    private Palette palette = new Palette();
    private int background;
    private int width;
    private int height;
    private int left;
    private int top;
    private int frameWidth;
    private int frameHeight;
    private boolean interlaced;

    private GifDecoder(byte[] bytes) {
        in = new ByteReader(bytes, 6);
        width = in.u16le();
        height = in.u16le();
        int flags = in.u8();
        in.skip(2);
        if ((flags & 0x80) != 0) {
            palette = palette(2 << (flags & 7));
        }
        toFrame();
    }

    /** The size of the screen, or of the frame where that is larger. */
    static PixelSize size(byte[] bytes) {
        var decoder = new GifDecoder(bytes);
        return new PixelSize(decoder.width, decoder.height);
    }

    static Picture decode(byte[] bytes) {
        return new GifDecoder(bytes).picture();
    }

    private Palette palette(int colors) {
        in.require(3 * colors);
        var out = new Palette();
        for (int i = 0; i < colors; i++) {
            out.set(i, in.u8(), in.u8(), in.u8());
        }
        return out;
    }

    private void toFrame() {
        while (true) {
            int block = in.u8();
            if (block == '!') {
                extension();
            } else if (block == ',') {
                frame();
                return;
            } else if (block == ';') {
                throw new MediaException("the GIF picture is broken: it has no frame");
            }
        }
    }

    private void extension() {
        boolean control = in.u8() == 0xf9;
        for (int length = in.u8(); length > 0; length = in.u8()) {
            in.require(length);
            if (control && length >= 4 && (in.bytes[in.at] & 1) != 0) {
                background = in.bytes[in.at + 3] & 0xff;
            }
            in.skip(length);
        }
    }

    private void frame() {
        left = in.u16le();
        top = in.u16le();
        frameWidth = in.u16le();
        frameHeight = in.u16le();
        width = Math.max(width, left + frameWidth);
        height = Math.max(height, top + frameHeight);
        int flags = in.u8();
        interlaced = (flags & 0x40) != 0;
        if ((flags & 0x80) != 0) {
            palette = palette(2 << (flags & 7));
        }
    }

    private Picture picture() {
        byte[] indices = indices();
        var rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i += 3) {
            palette.copy(background, rgb, i);
        }
        int row = 0;
        for (int[] pass : interlaced ? INTERLACED : new int[][]{{0, 1}}) {
            for (int y = pass[0]; y < frameHeight; y += pass[1], row++) {
                for (int x = 0; x < frameWidth; x++) {
                    palette.copy(indices[row * frameWidth + x] & 0xff, rgb, 3 * ((top + y) * width + left + x));
                }
            }
        }
        return new Picture(width, height, rgb);
    }

    /** The colours of the frame's pixels in the order of the file, by Lempel, Ziv and Welch's method. */
    private byte[] indices() {
        int size = in.u8();
        if (size < 1 || size > 8) {
            throw new MediaException("the GIF picture is broken: its codes have " + size + " bits; there must be 1 to 8");
        }
        int clear = 1 << size;
        var out = new byte[Math.multiplyExact(frameWidth, frameHeight)];
        Arrays.fill(out, (byte) background);
        // A code stands for a string that was written before, with one more than it had then.
        var starts = new int[MOST_CODES];
        var lengths = new int[MOST_CODES];
        var data = new Codes();
        int bits = size + 1;
        int next = clear + 2;
        int previous = -1;
        int previousLength = 0;
        int at = 0;
        while (at < out.length) {
            int code = data.next(bits);
            if (code == clear + 1) {
                break;
            }
            if (code == clear) {
                bits = size + 1;
                next = clear + 2;
                previous = -1;
                continue;
            }
            if (code > next || code == next && previous < 0 || code > clear && code >= next && next == MOST_CODES) {
                throw new MediaException("the GIF picture is broken: its data holds a code that stands for nothing yet");
            }
            int start = at;
            if (code < clear) {
                out[at++] = (byte) code;
            } else {
                int from = code == next ? previous : starts[code];
                int length = Math.min(code == next ? previousLength + 1 : lengths[code], out.length - at);
                for (int i = 0; i < length; i++) {
                    out[at++] = out[from + i];
                }
            }
            if (previous >= 0 && next < MOST_CODES) {
                starts[next] = previous;
                lengths[next] = previousLength + 1;
                next++;
                if (next == 1 << bits && bits < 12) {
                    bits++;
                }
            }
            previous = start;
            previousLength = at - start;
        }
        return out;
    }

    /** Codes of the data's blocks, the lowest bits first. */
    private final class Codes {
        private int block;
        private int buffer;
        private int count;

        int next(int bits) {
            while (count < bits) {
                if (block == 0) {
                    block = in.u8();
                    if (block == 0) {
                        throw ByteReader.truncated(in.bytes);
                    }
                }
                buffer |= in.u8() << count;
                block--;
                count += 8;
            }
            int code = buffer & (1 << bits) - 1;
            buffer >>>= bits;
            count -= bits;
            return code;
        }
    }
}
