package io.gatun.bindings;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A look at a library before it is loaded: loading one that was cut short ends the JVM with SIGBUS instead of an error. */
final class ElfFile {
    private static final int HEADER_BYTES = 64;
    private static final int MAGIC = 0x7f454c46;
    private static final int SECTION_TABLE_OFFSET = 0x28;
    private static final int SECTION_BYTES = 0x3a;
    private static final int SECTIONS = 0x3c;

    private ElfFile() {
    }

    /** Whether this is a 64-bit ELF file that is as long as its header says: linkers write the section table last. */
    static boolean isComplete(Path file) {
        var header = ByteBuffer.allocate(HEADER_BYTES);
        try (var channel = FileChannel.open(file)) {
            if (channel.read(header, 0) < HEADER_BYTES || header.getInt(0) != MAGIC) {
                return false;
            }
            header.order(ByteOrder.LITTLE_ENDIAN);
            long end = header.getLong(SECTION_TABLE_OFFSET) + (long) header.getShort(SECTION_BYTES) * header.getShort(SECTIONS);
            return end <= channel.size();
        } catch (IOException absentOrUnreadable) {
            return false;
        }
    }
}
