package io.gatun.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.memory.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;

/** Weights by the formula of scripts/goldens/formula.py, bit for bit: a checkpoint's {@code weights.json} in place of its {@code model.safetensors}. */
final class FormulaWeights {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double SUM_MEAN = 131070.0;
    private static final double SUM_STD = 37837.22723720648;

    private FormulaWeights() {
    }

    /** {@code count} nearly normal numbers for a key. */
    static double[] normal(String key, int count) {
        long first = fnv1a64(key);
        double[] out = new double[count];
        for (int i = 0; i < count; i++) {
            long z = first + i;
            z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
            z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
            z ^= z >>> 31;
            out[i] = ((z & 0xFFFF) + (z >>> 16 & 0xFFFF) + (z >>> 32 & 0xFFFF) + (z >>> 48) - SUM_MEAN) / SUM_STD;
        }
        return out;
    }

    /** The same in fp32. */
    static float[] floats(String key, int count) {
        double[] values = normal(key, count);
        float[] out = new float[count];
        for (int i = 0; i < count; i++) {
            out[i] = (float) values[i];
        }
        return out;
    }

    /** Writes {@code model.safetensors} by a {@code weights.json}, and returns the CRC32 of each tensor. */
    static Map<String, Long> write(Path weightsJson, Path safetensors) throws IOException {
        var root = JSON.readTree(weightsJson.toFile());
        var dtype = DType.findTorchName(root.get("dtype").textValue()).orElseThrow();
        var header = JSON.createObjectNode();
        var data = new LinkedHashMap<String, byte[]>();
        long at = 0;
        for (var tensor : root.get("tensors")) {
            String name = tensor.get(0).textValue();
            byte[] bytes = bytes(root.get("seed").intValue() + ":" + name, tensor, dtype);
            data.put(name, bytes);
            header.putObject(name).put("dtype", dtype.name()).<ObjectNode>set("shape", tensor.get(1))
                    .putArray("data_offsets").add(at).add(at + bytes.length);
            at += bytes.length;
        }
        byte[] head = header.toString().getBytes(StandardCharsets.UTF_8);
        try (var out = Files.newOutputStream(safetensors)) {
            out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(head.length).array());
            out.write(head);
            for (byte[] bytes : data.values()) {
                out.write(bytes);
            }
        }
        var checksums = new LinkedHashMap<String, Long>();
        data.forEach((name, bytes) -> {
            var crc = new CRC32();
            crc.update(bytes);
            checksums.put(name, crc.getValue());
        });
        return checksums;
    }

    private static byte[] bytes(String key, JsonNode tensor, DType dtype) {
        int count = 1;
        for (var dim : tensor.get(1)) {
            count *= dim.intValue();
        }
        double mean = tensor.get(2).doubleValue();
        double std = tensor.get(3).doubleValue();
        double[] values = normal(key, count);
        var buffer = ByteBuffer.allocate(count * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            float rounded = (float) (mean + std * value);
            switch (dtype) {
                case F32 -> buffer.putFloat(rounded);
                case F16 -> buffer.putShort(Float.floatToFloat16(rounded));
                case BF16 -> buffer.putShort(DType.floatToBf16(rounded));
                default -> throw new IllegalArgumentException(dtype + " does not hold floats");
            }
        }
        return buffer.array();
    }

    private static long fnv1a64(String text) {
        long value = 0xCBF29CE484222325L;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            value = (value ^ b & 0xFF) * 0x100000001B3L;
        }
        return value;
    }
}
