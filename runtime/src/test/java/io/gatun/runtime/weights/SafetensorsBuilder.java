package io.gatun.runtime.weights;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.memory.DType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes safetensors files, also wrong ones. */
public final class SafetensorsBuilder {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode header = JSON.createObjectNode();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    public SafetensorsBuilder() {
        header.putObject("__metadata__").put("format", "pt");
    }

    /** A tensor of {@code values}, which are rounded to {@code dtype}. */
    public SafetensorsBuilder tensor(String name, DType dtype, long[] shape, float... values) {
        int begin = data.size();
        var bytes = ByteBuffer.allocate(values.length * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            switch (dtype) {
                case F32 -> bytes.putFloat(value);
                case F16 -> bytes.putShort(Float.floatToFloat16(value));
                case BF16 -> bytes.putShort(DType.floatToBf16(value));
                case I32 -> bytes.putInt((int) value);
                case I64 -> bytes.putLong((long) value);
                case U8 -> bytes.put((byte) value);
            }
        }
        data.writeBytes(bytes.array());
        return describe(name, dtype.name(), shape, begin, data.size());
    }

    /** A description, true or not. */
    SafetensorsBuilder describe(String name, String dtype, long[] shape, long begin, long end) {
        var node = header.putObject(name).put("dtype", dtype);
        node.set("shape", JSON.valueToTree(shape));
        node.set("data_offsets", JSON.valueToTree(new long[] {begin, end}));
        return this;
    }

    byte[] bytes() {
        return file(header.toString(), data.toByteArray());
    }

    public Path write(Path file) throws IOException {
        return Files.write(file, bytes());
    }

    /** A file with any text as header. */
    static byte[] file(String header, byte... data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).put(text).put(data).array();
    }
}
