package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.RopeTable;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class CpuRopeTest {
    private static final int POSITIONS = 50;

    private final Fixture fixture = new Fixture();
    private final CpuKernels kernels = new CpuKernels(fixture.device, 2);

    @AfterEach
    void close() {
        kernels.close();
        fixture.close();
    }

    static Stream<Arguments> cases() {
        int[][] dims = {{16, 16}, {20, 20}, {20, 10}, {128, 64}, {6, 2}};
        return Stream.of(RopeTable.Pairing.values()).flatMap(pairing -> Stream.of(dims)
                .flatMap(d -> Stream.of(Fixture.FLOATS).map(dtype -> Arguments.of(pairing, d[0], d[1], dtype))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void rotatesPairsOfEachHeadByTheirPosition(RopeTable.Pairing pairing, int headDim, int rotaryDim, DType dtype) {
        int tokens = 37;
        var table = table(rotaryDim, pairing);
        var q = fixture.randomWithGaps(dtype, tokens, 6 * headDim, 5);
        var k = fixture.randomWithGaps(dtype, tokens, 2 * headDim, 1);
        int[] positions = new int[tokens];
        for (int t = 0; t < tokens; t++) {
            positions[t] = fixture.randomInt(POSITIONS);
        }
        double[] expectedQ = rotated(q, positions, table, headDim);
        double[] expectedK = rotated(k, positions, table, headDim);
        kernels.rope().rope(q, k, fixture.ints(positions), table, headDim);
        Fixture.assertClose(q, expectedQ, Fixture.epsilon(dtype) + 1e-6);
        Fixture.assertClose(k, expectedK, Fixture.epsilon(dtype) + 1e-6);
    }

    @ParameterizedTest
    @EnumSource(RopeTable.Pairing.class)
    void eachSectionOfPairsTurnsByThePositionOnItsAxis(RopeTable.Pairing pairing) {
        int tokens = 37;
        var plain = table(20, pairing);
        var table = plain.withSections(List.of(2, 5, 3));
        var q = fixture.randomWithGaps(DType.F32, tokens, 6 * 24, 5);
        var k = fixture.randomWithGaps(DType.F32, tokens, 2 * 24, 1);
        int[] all = new int[3 * tokens];
        for (int i = 0; i < all.length; i++) {
            all[i] = fixture.randomInt(POSITIONS);
        }
        var wide = fixture.emptyInts(3, tokens + 4);
        double[][] axes = new double[3][];
        for (int axis = 0; axis < 3; axis++) {
            int[] positions = Arrays.copyOfRange(all, axis * tokens, (axis + 1) * tokens);
            axes[axis] = rotated(q, positions, plain, 24);
            wide.narrowRows(axis, 1).copyFrom(Arrays.copyOf(positions, tokens + 4));
        }
        kernels.rope().rope(q, k, wide.narrowCols(0, tokens), table, 24);
        double[] expected = new double[axes[0].length];
        for (int i = 0; i < expected.length; i++) {
            int c = i % 24;
            int pair = pairing == RopeTable.Pairing.HALVES ? c % 10 : c / 2;
            expected[i] = axes[pair < 2 ? 0 : pair < 7 ? 1 : 2][i];
        }
        Fixture.assertClose(q, expected, 1e-6);
    }

    @Test
    void withoutPositionsARowOfTheTableIsATokens() {
        var table = table(16, RopeTable.Pairing.HALVES);
        var q = fixture.random(DType.BF16, POSITIONS, 3 * 16);
        var k = fixture.random(DType.BF16, POSITIONS, 16);
        int[] positions = IntStream.range(0, POSITIONS).toArray();
        double[] expectedQ = rotated(q, positions, table, 16);
        double[] expectedK = rotated(k, positions, table, 16);
        kernels.rope().rope(q, k, table, 16);
        Fixture.assertClose(q, expectedQ, Fixture.epsilon(DType.BF16) + 1e-6);
        Fixture.assertClose(k, expectedK, Fixture.epsilon(DType.BF16) + 1e-6);
        assertThatThrownBy(() -> kernels.rope().rope(q.narrowRows(0, 5), k.narrowRows(0, 5), table, 16))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("cos").hasMessageContaining("must have 5 rows");
    }

    @Test
    void refusesSectionsThatAreNotThePairsOfAHead() {
        var table = table(16, RopeTable.Pairing.HALVES);
        for (var sections : List.of(List.of(4, 4), List.of(2, 3, 4), List.of(9, -1, 0))) {
            assertThatThrownBy(() -> table.withSections(sections)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("three that add up to 8");
        }
    }

    @Test
    void refusesAPositionThatTheTableLacks() {
        var q = fixture.random(DType.F32, 1, 16);
        assertThatThrownBy(() -> kernels.rope().rope(q, q, fixture.ints(POSITIONS), table(16, RopeTable.Pairing.HALVES), 16))
                .isInstanceOf(IllegalArgumentException.class).hasMessage("rope: position 50 is not in [0, 50)");
    }

    private RopeTable table(int rotaryDim, RopeTable.Pairing pairing) {
        int half = rotaryDim / 2;
        float[] cos = new float[POSITIONS * half];
        float[] sin = new float[POSITIONS * half];
        for (int i = 0; i < cos.length; i++) {
            double angle = i / half * Math.pow(10_000, -(double) (i % half) / half);
            cos[i] = (float) Math.cos(angle);
            sin[i] = (float) Math.sin(angle);
        }
        var cosines = fixture.empty(DType.F32, POSITIONS, half).copyFrom(cos);
        return new RopeTable(cosines, fixture.empty(DType.F32, POSITIONS, half).copyFrom(sin), pairing);
    }

    private static double[] rotated(Tensor x, int[] positions, RopeTable table, int headDim) {
        float[] in = x.toFloats();
        double[] out = new double[in.length];
        float[] cos = table.cos().toFloats();
        float[] sin = table.sin().toFloats();
        int half = table.rotaryDim() / 2;
        for (int i = 0; i < in.length; i++) {
            int c = i % x.cols() % headDim;
            if (c >= 2 * half) {
                out[i] = in[i];
                continue;
            }
            boolean halves = table.pairing() == RopeTable.Pairing.HALVES;
            boolean first = halves ? c < half : c % 2 == 0;
            int partner = i + (halves ? half : 1) * (first ? 1 : -1);
            int angle = positions[i / x.cols()] * half + (halves ? c % half : c / 2);
            out[i] = (double) in[i] * cos[angle] + (first ? -1 : 1) * (double) in[partner] * sin[angle];
        }
        return out;
    }
}
