package io.gatun.server.nvrtc;

import java.io.InputStream;
import java.util.Objects;

/** A jar that is read in pieces, wherever it lies. */
interface ByteRanges extends AutoCloseable {
    /** Small enough to try again after a broken connection, large enough to hide the round trip. */
    int PIECE = 4 << 20;

    /** Length of the whole in bytes. */
    long size();

    /** The bytes from {@code offset} on, exactly {@code length} of them. */
    byte[] read(long offset, int length);

    /** For messages. */
    @Override
    String toString();

    @Override
    void close();

    /** A stream of {@code length} bytes from {@code offset} on, fetched piece by piece. */
    default InputStream stream(long offset, long length) {
        return new InputStream() {
            private long next = offset;
            private byte[] piece = {};
            private int used;

            @Override
            public int read() {
                var one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int at, int wanted) {
                Objects.checkFromIndexSize(at, wanted, into.length);
                if (used == piece.length) {
                    int size = (int) Math.min(PIECE, offset + length - next);
                    if (size == 0) {
                        return -1;
                    }
                    piece = ByteRanges.this.read(next, size);
                    next += size;
                    used = 0;
                }
                int count = Math.min(wanted, piece.length - used);
                System.arraycopy(piece, used, into, at, count);
                used += count;
                return count;
            }
        };
    }
}
