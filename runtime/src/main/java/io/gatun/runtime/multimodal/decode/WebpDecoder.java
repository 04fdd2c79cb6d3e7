package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.image.PictureOps;
import io.gatun.runtime.multimodal.image.PixelSize;
import java.util.Optional;

/** Decodes WebP, lossy and lossless; of an animation the first frame, on black. Alpha is left out. */
final class WebpDecoder {
    private static final int FIRST_CHUNK = 12;
    private static final String EXTENDED = "VP8X";
    private static final String ANIMATED = "ANMF";
    private static final int FRAME_HEADER = 16;

    private final byte[] bytes;

    private WebpDecoder(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Where the content of a chunk is. */
    private record Chunk(int from, int to) {
    }

    /** The size of the canvas, which the frames must not exceed. */
    static PixelSize size(byte[] bytes) {
        var riff = new ByteReader(bytes, 4);
        riff.require(riff.i32le());
        var decoder = new WebpDecoder(bytes);
        var data = decoder.data(new Chunk(FIRST_CHUNK, bytes.length));
        var canvas = decoder.canvas();
        if (canvas.isEmpty()) {
            return data.size(bytes);
        }
        var size = canvas.get();
        var frame = data.size(bytes);
        if (data.left + frame.width() > size.width() || data.top + frame.height() > size.height()) {
            throw new MediaException("the WebP picture is broken: its first frame of " + frame + " pixels does not fit into " + size);
        }
        return size;
    }

    static Picture decode(byte[] bytes) {
        var decoder = new WebpDecoder(bytes);
        var all = new Chunk(FIRST_CHUNK, bytes.length);
        var data = decoder.data(all);
        var picture = data.lossless ? Vp8lDecoder.decode(bytes, data.chunk.from, data.chunk.to) : Vp8Decoder.decode(bytes, data.chunk.from, data.chunk.to);
        var canvas = decoder.canvas();
        if (canvas.isPresent() && !PixelSize.of(picture).equals(canvas.get())) {
            picture = PictureOps.window(picture, -data.left, -data.top, canvas.get(), 0);
        }
        int orientation = canvas.isEmpty() ? Orientation.UPRIGHT : decoder.orientation(all);
        return Orientation.apply(picture, orientation);
    }

    /** The coded pixels of the picture, or of an animation's first frame. */
    private record Data(Chunk chunk, boolean lossless, int left, int top) {

        PixelSize size(byte[] bytes) {
            return lossless ? Vp8lDecoder.size(bytes, chunk.from) : Vp8Decoder.size(bytes, chunk.from);
        }
    }

    private Data data(Chunk within) {
        for (int at = within.from; at < within.to; at = chunk(at).to + chunk(at).to % 2) {
            var chunk = chunk(at);
            if (ByteReader.matches(bytes, at, "VP8 ") || ByteReader.matches(bytes, at, "VP8L")) {
                return new Data(chunk, bytes[at + 3] == 'L', 0, 0);
            }
            if (ByteReader.matches(bytes, at, ANIMATED) && chunk.to - chunk.from > FRAME_HEADER) {
                var in = new ByteReader(bytes, chunk.from);
                var frame = data(new Chunk(chunk.from + FRAME_HEADER, chunk.to));
                return new Data(frame.chunk, frame.lossless, 2 * in.u24le(), 2 * in.u24le());
            }
        }
        throw new MediaException("the WebP picture is broken: it has no coded pixels");
    }

    private Optional<PixelSize> canvas() {
        if (!ByteReader.matches(bytes, FIRST_CHUNK, EXTENDED)) {
            return Optional.empty();
        }
        var in = new ByteReader(bytes, chunk(FIRST_CHUNK).from + 4);
        return Optional.of(new PixelSize(in.u24le() + 1, in.u24le() + 1));
    }

    private int orientation(Chunk within) {
        for (int at = within.from; at + 8 <= within.to; at = chunk(at).to + chunk(at).to % 2) {
            if (ByteReader.matches(bytes, at, "EXIF")) {
                var chunk = chunk(at);
                int prefix = ByteReader.matches(bytes, chunk.from, "Exif\0\0") ? 6 : 0;
                return Orientation.ofExif(bytes, chunk.from + prefix, chunk.to);
            }
        }
        return Orientation.UPRIGHT;
    }

    private Chunk chunk(int at) {
        var in = new ByteReader(bytes, at);
        in.skip(4);
        int size = in.i32le();
        in.require(size);
        return new Chunk(in.at, in.at + size);
    }
}
