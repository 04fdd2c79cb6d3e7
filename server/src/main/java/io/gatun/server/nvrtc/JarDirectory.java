package io.gatun.server.nvrtc;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipEntry;

/**
 * The table of contents at the end of a zip file, which lets single entries be read without the rest.
 * Source: PKWARE's APPNOTE.TXT, sections 4.3.7 (local header), 4.3.12 (central directory) and 4.3.16 (its end); no ZIP64.
 */
final class JarDirectory {
    private static final int END_SIGNATURE = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int LONGEST_COMMENT = 0xffff;
    private static final int ENTRY_SIGNATURE = 0x02014b50;
    private static final int ENTRY_BYTES = 46;
    private static final int LOCAL_SIGNATURE = 0x04034b50;
    private static final int LOCAL_BYTES = 30;

    private final ByteRanges jar;
    private final List<Entry> entries;

    /** A file in the jar: sizes in bytes, {@code offset} that of its local header. */
    record Entry(String name, int method, long crc32, long compressedSize, long size, long offset) {
        String fileName() {
            return name.substring(name.lastIndexOf('/') + 1);
        }
    }

    private JarDirectory(ByteRanges jar, List<Entry> entries) {
        this.jar = jar;
        this.entries = entries;
    }

    List<Entry> entries() {
        return entries;
    }

    static JarDirectory read(ByteRanges jar) {
        int length = (int) Math.min(jar.size(), END_BYTES + LONGEST_COMMENT);
        var tail = littleEndian(jar.read(jar.size() - length, length));
        int end = length - END_BYTES;
        while (end >= 0 && tail.getInt(end) != END_SIGNATURE) {
            end--;
        }
        if (end < 0) {
            throw damaged(jar);
        }
        int count = tail.getShort(end + 10) & 0xffff;
        long bytes = unsigned(tail.getInt(end + 12));
        long offset = unsigned(tail.getInt(end + 16));
        if (offset + bytes > jar.size() || bytes > Integer.MAX_VALUE) {
            throw damaged(jar);
        }
        return new JarDirectory(jar, entries(jar, littleEndian(jar.read(offset, (int) bytes)), count));
    }

    private static List<Entry> entries(ByteRanges jar, ByteBuffer directory, int count) {
        var entries = new ArrayList<Entry>();
        int at = 0;
        for (int i = 0; i < count; i++) {
            if (at + ENTRY_BYTES > directory.capacity() || directory.getInt(at) != ENTRY_SIGNATURE) {
                throw damaged(jar);
            }
            int nameLength = directory.getShort(at + 28) & 0xffff;
            int rest = (directory.getShort(at + 30) & 0xffff) + (directory.getShort(at + 32) & 0xffff);
            if (at + ENTRY_BYTES + nameLength + rest > directory.capacity()) {
                throw damaged(jar);
            }
            var name = new String(directory.array(), at + ENTRY_BYTES, nameLength, StandardCharsets.UTF_8);
            entries.add(new Entry(name, directory.getShort(at + 10), unsigned(directory.getInt(at + 16)),
                unsigned(directory.getInt(at + 20)), unsigned(directory.getInt(at + 24)), unsigned(directory.getInt(at + 42))));
            at += ENTRY_BYTES + nameLength + rest;
        }
        return List.copyOf(entries);
    }

    /** The content of an entry; the caller closes the stream and holds it against the entry's size and CRC32. */
    InputStream open(Entry entry) {
        var header = littleEndian(jar.read(entry.offset(), LOCAL_BYTES));
        if (header.getInt(0) != LOCAL_SIGNATURE) {
            throw damaged(jar);
        }
        long start = entry.offset() + LOCAL_BYTES + (header.getShort(26) & 0xffff) + (header.getShort(28) & 0xffff);
        if (start + entry.compressedSize() > jar.size()) {
            throw damaged(jar);
        }
        var stored = jar.stream(start, entry.compressedSize());
        return switch (entry.method()) {
            case ZipEntry.STORED -> stored;
            case ZipEntry.DEFLATED -> new InflaterInputStream(stored, new Inflater(true), 1 << 16) {
                @Override
                public void close() {
                    inf.end();
                }
            };
            default -> throw new NvrtcInstallException(entry.name() + " in " + jar + " is compressed by method " + entry.method()
                + ", and only stored and deflated entries can be read");
        };
    }

    private static NvrtcInstallException damaged(ByteRanges jar) {
        return new NvrtcInstallException(jar + " is no jar, or a damaged one: fetch it again, or from another --repository");
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long unsigned(int value) {
        return Integer.toUnsignedLong(value);
    }
}
