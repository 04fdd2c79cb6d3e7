package io.gatun.runtime.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class Mxfp4Test {
    /** Bytes that torch drew, and what convert_moe_packed_tensors of Transformers 5.18 makes of them, before its transposition. */
    private static final int[] BLOCKS = {99, 206, 239, 189, 230, 118, 144, 73, 8, 228, 231, 190, 155, 112, 158, 208, 7, 204, 143, 113, 181, 231, 80, 27, 44,
        205, 203, 65, 175, 30, 212, 86, 125, 146, 254, 121, 137, 106, 41, 233, 190, 129, 210, 103, 144, 206, 5, 58, 0, 208, 132, 110, 164, 105, 179, 27, 31, 2,
        68, 38, 105, 211, 147, 18};
    private static final int[] SCALES = {119, 127, 135, 0};
    private static final int[] EXPECTED = {
        15296, 15488, -17280, -17408, -17216, -17280, -17344, -17472, 15488, -17280, 15488, 15552, 0, -17664, -17664, 15360, -32768, 0, 15360, -17280,
        15552, -17280, -17280, -17472, -17472, -17664, 0, 15552, -17280, -17664, 0, -17344, 16576, 0, -16384, -16384, -16192, -32768, 16128, 16576,
        16448, -16448, 16576, -16256, 0, 16448, -16448, 16128, -16384, 16256, -16320, -16384, -16448, -16384, 16128, 16384, -16192, -16512, -16256,
        16128, 16384, -16320, 16512, 16448, -15296, 17600, 17280, -15616, -15232, -15168, -15616, 17600, -15616, -32768, -15488, 17536, -15616, 17280,
        -15616, -15232, -15232, -15424, 17152, -32768, 17280, -15296, 17600, 17536, 0, -15616, -15232, -15360, 17472, 0, -15488, 17344, 0, 0, 0,
        -32576, 128, -32768, -32512, 256, 128, -32704, -32736, 256, 96, -32672, -32672, 32, -32448, 32, 64, 0, 128, 128, 256, 64, -32736, 256, 96,
        -32576, 96, -32736, 64, 32};

    @Test
    void numbersAreTransformersOwnToTheBit() {
        var target = MemorySegment.ofArray(new short[128]);
        Mxfp4.toBf16(bytes(BLOCKS), bytes(SCALES), target);
        short[] expected = new short[128];
        for (int i = 0; i < 128; i++) {
            expected[i] = (short) EXPECTED[i];
        }
        assertThat(target.toArray(ValueLayout.JAVA_SHORT)).isEqualTo(expected);
    }

    private static MemorySegment bytes(int[] values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return MemorySegment.ofArray(bytes);
    }
}
