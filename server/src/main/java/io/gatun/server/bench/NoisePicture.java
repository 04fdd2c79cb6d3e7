package io.gatun.server.bench;

import io.gatun.runtime.multimodal.image.PixelSize;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/** A picture of noise as a PNG file, so that a benchmark can be run without one. */
public final class NoisePicture {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final byte BITS = 8;
    private static final byte RGB = 2;

    private NoisePicture() {
    }

    /** The file's content; the same for the same seed. */
    public static byte[] png(PixelSize size, long seed) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(SIGNATURE);
        chunk(out, "IHDR", ByteBuffer.allocate(13).putInt(size.width()).putInt(size.height()).put(BITS).put(RGB).array());
        chunk(out, "IDAT", compressed(rows(size, seed)));
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    /** Each row begins with the number of its filter, 0 for none. */
    private static byte[] rows(PixelSize size, long seed) {
        var random = new Random(seed);
        var row = new byte[3 * size.width()];
        var rows = ByteBuffer.allocate(Math.multiplyExact(size.height(), row.length + 1));
        while (rows.hasRemaining()) {
            random.nextBytes(row);
            rows.put((byte) 0).put(row);
        }
        return rows.array();
    }

    private static byte[] compressed(byte[] data) {
        var out = new ByteArrayOutputStream();
        try (var deflater = new DeflaterOutputStream(out)) {
            deflater.write(data);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return out.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        var crc = new CRC32();
        crc.update(name);
        crc.update(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        out.writeBytes(name);
        out.writeBytes(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }
}
