package io.gatun.runtime.weights;

import io.gatun.memory.DType;
import io.gatun.memory.Shape;
import io.gatun.memory.Sizes;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.JsonObject;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Arrays;

/**
 * One safetensors file, mapped into memory: eight bytes of header length, a JSON header, the tensors' bytes. The header is checked in full before
 * any tensor is handed out.
 */
final class SafetensorsFile {
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long MAX_HEADER_BYTES = 100_000_000;

    private final Map<String, Checkpoint.Entry> entries = new LinkedHashMap<>();
    private final Path file;
    private final MemorySegment data;

    private SafetensorsFile(Path file, JsonObject header, MemorySegment data) {
        this.file = file;
        this.data = data;
        for (String name : header.keys()) {
            if (!name.equals("__metadata__")) {
                entries.put(name, entry(name, header));
            }
        }
    }

    /**
     * Maps a file for as long as {@code arena} lives.
     *
     * @throws CheckpointException if it cannot be read or its header is wrong
     */
    static SafetensorsFile map(Path file, Arena arena) {
        MemorySegment all;
        try (var channel = FileChannel.open(file)) {
            all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read: " + e.getMessage(), e);
        }
        if (all.byteSize() < LENGTH.byteSize()) {
            throw new CheckpointException(file + " is truncated: " + all.byteSize() + " bytes, where the header's length alone takes 8");
        }
        long headerBytes = all.get(LENGTH, 0);
        long rest = all.byteSize() - LENGTH.byteSize();
        if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES) {
            throw new CheckpointException(file + " is no safetensors file: it says its header has " + Long.toUnsignedString(headerBytes)
                    + " bytes; 2 to " + MAX_HEADER_BYTES + " are allowed");
        }
        if (headerBytes > rest) {
            throw new CheckpointException(file + " is truncated: its header has " + headerBytes + " bytes, the file only " + rest + " after the length");
        }
        var text = new String(all.asSlice(LENGTH.byteSize(), headerBytes).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        try {
            return new SafetensorsFile(file, JsonObject.parse(file + " (header)", text), all.asSlice(LENGTH.byteSize() + headerBytes));
        } catch (ConfigException e) {
            throw new CheckpointException(e.getMessage(), e);
        }
    }

    /** The tensors by name, in the header's order. */
    Map<String, Checkpoint.Entry> entries() {
        return entries;
    }

    private Checkpoint.Entry entry(String name, JsonObject header) {
        var description = header.object(name).orElseThrow(() -> new CheckpointException(file + ": tensor '" + name + "' has no description"));
        var dtype = dtype(name, description.text("dtype"));
        List<Long> dims = description.longs("shape");
        List<Long> offsets = description.longs("data_offsets");
        if (offsets.size() != 2 || offsets.get(0) < 0 || offsets.get(1) < offsets.get(0)) {
            throw new CheckpointException(file + ": tensor '" + name + "' has data_offsets " + offsets + "; they must be [begin, end]");
        }
        long begin = offsets.get(0);
        long end = offsets.get(1);
        if (end > data.byteSize()) {
            throw new CheckpointException(file + " is truncated: tensor '" + name + "' ends at byte " + end + " of the data, which has "
                    + data.byteSize() + " (" + Sizes.bytes(end - data.byteSize()) + " missing)");
        }
        var shape = shape(name, dims);
        if (shape.elements() * dtype.bytes() != end - begin) {
            throw new CheckpointException(file + ": tensor '" + name + "' of " + dtype.cudaName() + shape + " takes "
                    + shape.elements() * dtype.bytes() + " bytes, but its data_offsets span " + (end - begin));
        }
        return new Checkpoint.Entry(file.toString(), dtype, shape, data.asSlice(begin, end - begin));
    }

    private Shape shape(String name, List<Long> dims) {
        try {
            var shape = Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
            Math.multiplyExact(shape.elements(), 8);
            return shape;
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new CheckpointException(file + ": tensor '" + name + "' has the impossible shape " + dims, e);
        }
    }

    private DType dtype(String tensor, String name) {
        return Arrays.stream(DType.values()).filter(t -> t.name().equals(name)).findFirst().orElseThrow(() ->
                new CheckpointException(file + ": tensor '" + tensor + "' has dtype " + name + "; supported are " + Arrays.toString(DType.values())));
    }
}
