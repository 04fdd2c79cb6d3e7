package io.gatun.runtime.multimodal;

import io.gatun.memory.DType;
import java.lang.foreign.MemorySegment;

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

    /** Floats in another dtype, on the heap. */
    static MemorySegment convert(float[] values, DType dtype) {
        return switch (dtype) {
            case F32 -> MemorySegment.ofArray(values);
            case BF16 -> {
                short[] out = new short[values.length];
                for (int i = 0; i < out.length; i++) {
                    out[i] = DType.floatToBf16(values[i]);
                }
                yield MemorySegment.ofArray(out);
            }
            case F16 -> {
                short[] out = new short[values.length];
                for (int i = 0; i < out.length; i++) {
                    out[i] = Float.floatToFloat16(values[i]);
                }
                yield MemorySegment.ofArray(out);
            }
            default -> throw new IllegalArgumentException(dtype + " does not hold floats");
        };
    }
}
