package io.gatun.kernels.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** Vectors of floats: their size on this machine, how they are read from memory of each type (exactly), and their sum. */
final class Vectors {
    static final VectorSpecies<Float> F =
            FloatVector.SPECIES_PREFERRED.length() > 16 ? FloatVector.SPECIES_512 : FloatVector.SPECIES_PREFERRED;

    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, F.vectorShape());
    private static final VectorSpecies<Short> H =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Math.max(64, F.vectorBitSize() / 2)));
    private static final int LANES = F.length();
    private static final VectorShuffle<Float> DOWN_8 = down(8);
    private static final VectorShuffle<Float> DOWN_4 = down(4);
    private static final VectorShuffle<Float> DOWN_2 = down(2);
    private static final VectorShuffle<Float> DOWN_1 = down(1);
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    private Vectors() {
    }

    static FloatVector f32(MemorySegment s, long at) {
        return FloatVector.fromMemorySegment(F, s, at, LE);
    }

    static FloatVector bf16(MemorySegment s, long at) {
        return ints(s, at).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    /** Puts the bits where a float has them; one product then sets the exponent right, denormals included, but for infinity and NaN. */
    static FloatVector f16(MemorySegment s, long at) {
        var bits = ints(s, at).lanewise(VectorOperators.LSHL, 13).and(0x8fffe000);
        var value = bits.reinterpretAsFloats().mul(0x1p112f);
        var special = value.abs().compare(VectorOperators.GE, 0x1p16f);
        return value.reinterpretAsInts().lanewise(VectorOperators.OR, 0x7f800000, special.cast(I)).reinterpretAsFloats();
    }

    private static IntVector ints(MemorySegment s, long at) {
        return (IntVector) ShortVector.fromMemorySegment(H, s, at, LE).convertShape(VectorOperators.S2I, I, 0);
    }

    /**
     * The sum of the vector that lies {@code at} vectors into {@code sums}, its upper half added to the lower until one lane is left;
     * {@code reduceLanes} promises no order. The vector comes in an array because C2 may not inline this, and would box it.
     */
    static float sum(float[] sums, int at) {
        var v = FloatVector.fromArray(F, sums, at * LANES);
        if (LANES >= 16) {
            v = v.add(v.rearrange(DOWN_8));
        }
        if (LANES >= 8) {
            v = v.add(v.rearrange(DOWN_4));
        }
        v = v.add(v.rearrange(DOWN_2));
        return v.add(v.rearrange(DOWN_1)).lane(0);
    }

    private static VectorShuffle<Float> down(int distance) {
        return VectorShuffle.fromOp(F, lane -> (lane + distance) % LANES);
    }
}
