package io.gatun.runtime.multimodal;

import io.gatun.memory.DType;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/** What a picture's embeddings are made from: numbers on the host, in the dtype of activations. */
public sealed interface MediaContent {

    /** The numbers, row by row. */
    MemorySegment numbers();

    /** Pixels for the tower. */
    record Pixels(MediaFeature feature, MemorySegment numbers) implements MediaContent {
    }

    /** Embeddings that were computed elsewhere. */
    record Embeddings(MemorySegment numbers) implements MediaContent {
    }

    /** Floats in another dtype, on the heap; parts of many are made side by side. */
    static MemorySegment convert(float[] values, DType dtype) {
        if (dtype == DType.F32) {
            return MemorySegment.ofArray(values);
        }
        if (!dtype.isFloat()) {
            throw new IllegalArgumentException(dtype + " does not hold floats");
        }
        short[] out = new short[values.length];
        int length = 1 << 18;
        IntStream.range(0, Math.ceilDiv(out.length, length)).parallel().forEach(part -> {
            int end = Math.min(out.length, (part + 1) * length);
            for (int i = part * length; i < end; i++) {
                out[i] = dtype == DType.BF16 ? DType.floatToBf16(values[i]) : Float.floatToFloat16(values[i]);
            }
        });
        return MemorySegment.ofArray(out);
    }
}
