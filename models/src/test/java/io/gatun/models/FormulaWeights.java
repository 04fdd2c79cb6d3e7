package io.gatun.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.memory.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/** Weights by the formula of scripts/goldens/formula.py, bit for bit: the tensors of a {@code weights.json}, which that script describes. */
final class FormulaWeights {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double SUM_MEAN = 131070.0;
    private static final double SUM_STD = 37837.22723720648;
    private static final int MXFP4_GROUP = 32;
    private static final float[] FP4_VALUES = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};

    private FormulaWeights() {
    }

    /** A tensor as a file stores it. */
    record Stored(DType dtype, int[] shape, byte[] bytes) {
        long checksum() {
            var crc = new CRC32();
            crc.update(bytes);
            return crc.getValue();
        }
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
        return floats(key, count, 0, 1);
    }

    /** By name, those of a {@code weights.json}, in its order. */
    static Map<String, Stored> tensors(JsonNode weights) {
        var made = new LinkedHashMap<String, Stored>();
        for (var tensor : weights.get("tensors")) {
            String name = tensor.get(0).textValue();
            int[] shape = JSON.convertValue(tensor.get(1), int[].class);
            String dtype = (tensor.has(4) ? tensor.get(4) : weights.get("dtype")).textValue();
            float[] values = floats(weights.get("seed").intValue() + ":" + name, Arrays.stream(shape).reduce(1, Math::multiplyExact),
                    tensor.get(2).doubleValue(), tensor.get(3).doubleValue());
            if (dtype.equals("mxfp4")) {
                putMxfp4(made, name, shape, values);
            } else {
                made.put(name, stored(DType.ofTorchName(dtype), shape, values));
            }
        }
        return made;
    }

    private static float[] floats(String key, int count, double mean, double std) {
        double[] values = normal(key, count);
        float[] out = new float[count];
        for (int i = 0; i < count; i++) {
            out[i] = (float) (mean + std * values[i]);
        }
        return out;
    }

    private static Stored stored(DType dtype, int[] shape, float[] values) {
        var buffer = ByteBuffer.allocate(values.length * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            switch (dtype) {
                case F32 -> buffer.putFloat(value);
                case F16 -> buffer.putShort(Float.floatToFloat16(value));
                case BF16 -> buffer.putShort(DType.floatToBf16(value));
                default -> throw new IllegalArgumentException(dtype + " does not hold floats");
            }
        }
        return new Stored(dtype, shape, buffer.array());
    }

    /** Groups of 32 values of [experts, out, in] as four-bit codes, the even element in the low bits, with a shared power of two. */
    private static void putMxfp4(Map<String, Stored> made, String name, int[] shape, float[] values) {
        var blocks = new byte[values.length / 2];
        var scales = new byte[values.length / MXFP4_GROUP];
        for (int group = 0; group < scales.length; group++) {
            int from = group * MXFP4_GROUP;
            float largest = 0;
            for (int i = from; i < from + MXFP4_GROUP; i++) {
                largest = Math.max(largest, Math.abs(values[i]));
            }
            int exponent = Math.getExponent(largest) - 2; // the largest value lies at 4 to 8 times the scale
            scales[group] = (byte) (exponent + 127);
            for (int i = from; i < from + MXFP4_GROUP; i++) {
                blocks[i / 2] |= (byte) (fp4(Math.scalb(values[i], -exponent)) << 4 * (i % 2));
            }
        }
        int groups = shape[2] / MXFP4_GROUP;
        made.put(name + "_blocks", new Stored(DType.U8, new int[] {shape[0], shape[1], groups, MXFP4_GROUP / 2}, blocks));
        made.put(name + "_scales", new Stored(DType.U8, new int[] {shape[0], shape[1], groups}, scales));
    }

    /** The code of the nearest value, of the smaller one where two are as near. */
    private static int fp4(float value) {
        int nearest = IntStream.range(1, FP4_VALUES.length).reduce(0,
                (a, b) -> Math.abs(Math.abs(value) - FP4_VALUES[b]) < Math.abs(Math.abs(value) - FP4_VALUES[a]) ? b : a);
        return nearest + (value < 0 ? 8 : 0);
    }

    private static long fnv1a64(String text) {
        long value = 0xCBF29CE484222325L;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            value = (value ^ b & 0xFF) * 0x100000001B3L;
        }
        return value;
    }
}
