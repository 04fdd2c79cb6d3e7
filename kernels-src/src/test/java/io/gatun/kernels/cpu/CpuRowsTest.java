package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.Activation;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The operations that treat elements or rows one by one: activation, embedding, sampling, fill. */
class CpuRowsTest {
    private final Fixture fixture = new Fixture();
    private final CpuKernels kernels = new CpuKernels(fixture.device, 2);

    @AfterEach
    void close() {
        kernels.close();
        fixture.close();
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void gatedMulActivatesGates(Activation activation) {
        for (DType dtype : Fixture.FLOATS) {
            for (int width : new int[] {1, 16, 37, 1024}) {
                var gateUp = fixture.randomWithGaps(dtype, 9, 2 * width, 2);
                float[] in = gateUp.toFloats();
                for (int i = 0; i < in.length; i++) {
                    in[i] *= 4;
                }
                for (int t = 0; t < 9; t++) {
                    gateUp.narrowRows(t, 1).copyFrom(Arrays.copyOfRange(in, t * 2 * width, (t + 1) * 2 * width));
                }
                var out = fixture.emptyWithGaps(dtype, 9, width, 1);
                kernels.activation().gatedMul(activation, gateUp, out);
                double[] expected = new double[9 * width];
                for (int i = 0; i < expected.length; i++) {
                    int row = i / width * 2 * width;
                    int gate = activation == Activation.CLAMPED_SWIGLU ? row + i % width * 2 : row + i % width;
                    expected[i] = MoeOracle.gated(activation, in[gate], in[activation == Activation.CLAMPED_SWIGLU ? gate + 1 : gate + width]);
                }
                Fixture.assertClose(out, expected, 2 * Fixture.epsilon(dtype) + 1e-6);
            }
        }
    }

    @Test
    void activationsAreTorchsOwn() {
        float[] x = {-9, -3.5f, -1, -0.25f, 0, 0.5f, 2, 8};
        var gateUp = fixture.empty(DType.F32, 1, 16);
        float[] gelu = {0, -8.1433356e-4f, -0.15865529f, -0.10032343f, 0, 0.3457312f, 1.9545f, 8};
        float[] tanh = {0, -6.161481e-4f, -0.158808f, -0.100324646f, 0, 0.345714f, 1.9545977f, 8};
        float[] clamped = {-6.0095354e-6f, -0.027100332f, -0.4626127f, -0.29640102f, 0, 1.0511653f, 5.806976f, 20.999859f};
        float[][] expected = {gelu, tanh, clamped};
        var activations = List.of(Activation.GELU, Activation.GELU_TANH, Activation.CLAMPED_SWIGLU);
        for (int a = 0; a < 3; a++) {
            float[] in = new float[16];
            for (int i = 0; i < 8; i++) {
                boolean interleaved = activations.get(a).interleaved();
                in[interleaved ? 2 * i : i] = x[i];
                in[interleaved ? 2 * i + 1 : 8 + i] = interleaved ? 2 : 1;
            }
            var out = fixture.empty(DType.F32, 1, 8);
            kernels.activation().gatedMul(activations.get(a), gateUp.copyFrom(in), out);
            assertThat(out.toFloats()).usingComparatorWithPrecision(4e-6f).containsExactly(expected[a]);
        }
    }

    @ParameterizedTest
    @EnumSource(names = "CLAMPED_SWIGLU", mode = EnumSource.Mode.EXCLUDE)
    void activateChangesEachNumber(Activation activation) {
        for (DType dtype : Fixture.FLOATS) {
            var x = fixture.randomWithGaps(dtype, 9, 37, 2);
            float[] in = x.toFloats();
            kernels.activation().activate(activation, x);
            double[] expected = new double[in.length];
            Arrays.setAll(expected, i -> MoeOracle.gated(activation, in[i], 1));
            Fixture.assertClose(x, expected, Fixture.epsilon(dtype) + 1e-6);
        }
    }

    @Test
    void activateNamesAFunctionThatNeedsGates() {
        var x = fixture.random(DType.F32, 1, 4);
        assertThatThrownBy(() -> kernels.activation().activate(Activation.CLAMPED_SWIGLU, x)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("CLAMPED_SWIGLU needs gates");
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void mergeRowsReplacesTheRowsThatHaveAnIndex(DType dtype) {
        var table = fixture.randomWithGaps(dtype, 4, 35, 2);
        var out = fixture.randomWithGaps(dtype, 5, 35, 1);
        float[] before = out.toFloats();
        int[] rows = {3, -1, 0, -7, 3};
        kernels.embedding().mergeRows(table, fixture.ints(rows), out);
        for (int t = 0; t < 5; t++) {
            assertThat(out.narrowRows(t, 1).toFloats())
                    .isEqualTo(rows[t] < 0 ? Arrays.copyOfRange(before, t * 35, (t + 1) * 35) : table.narrowRows(rows[t], 1).toFloats());
        }
        assertThatThrownBy(() -> kernels.embedding().mergeRows(table, fixture.ints(0, 1, 2, 3, 4), out))
                .isInstanceOf(IllegalArgumentException.class).hasMessage("mergeRows: row 4 is not in [0, 4)");
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void padRowsPutsZerosBehindEachRow(DType dtype) {
        var x = fixture.randomWithGaps(dtype, 3, 35, 2);
        for (int cols : new int[] {35, 36, 64}) {
            var out = fixture.randomWithGaps(dtype, 3, cols, 1);
            kernels.embedding().padRows(x, out);
            for (int t = 0; t < 3; t++) {
                assertThat(out.narrowRows(t, 1).toFloats()).isEqualTo(Arrays.copyOf(x.narrowRows(t, 1).toFloats(), cols));
            }
        }
        assertThatThrownBy(() -> kernels.embedding().padRows(x, fixture.random(dtype, 3, 34))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("padRows: out is ").hasMessageContaining("at least the columns of x");
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void scatterRowsPutsRowsWhereTheirIndexSays(DType dtype) {
        var x = fixture.randomWithGaps(dtype, 3, 35, 2);
        var table = fixture.randomWithGaps(dtype, 6, 35, 1);
        float[] before = table.toFloats();
        kernels.embedding().scatterRows(x, fixture.ints(5, 0, 2), table);
        int[] from = {1, -1, 2, -1, -1, 0};
        for (int t = 0; t < 6; t++) {
            assertThat(table.narrowRows(t, 1).toFloats())
                    .isEqualTo(from[t] < 0 ? Arrays.copyOfRange(before, t * 35, (t + 1) * 35) : x.narrowRows(from[t], 1).toFloats());
        }
        assertThatThrownBy(() -> kernels.embedding().scatterRows(x, fixture.ints(0, 1, -1), table))
                .isInstanceOf(IllegalArgumentException.class).hasMessage("scatterRows: row -1 is not in [0, 6)");
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void combineRowsSumsWhatIsWeighted(DType dtype) {
        var x = fixture.randomWithGaps(dtype, 6, 35, 2);
        var out = fixture.emptyWithGaps(dtype, 3, 35, 1);
        int[] rows = {5, 0, 0, 3, 3, 3, 1, 2, 4, 4, 5, 0};
        float[] weights = {1, 0, 0, 0, 0.25f, 0.25f, 0.5f, 0, -1, 2, 0.125f, 3};
        kernels.embedding().combineRows(x, ints(rows, 3, 4), fixture.empty(DType.F32, 3, 4).copyFrom(weights), out);
        float[] in = x.toFloats();
        double[] expected = new double[3 * 35];
        for (int i = 0; i < expected.length; i++) {
            for (int j = 0; j < 4; j++) {
                expected[i] += (double) weights[i / 35 * 4 + j] * in[rows[i / 35 * 4 + j] * 35 + i % 35];
            }
        }
        Fixture.assertClose(out, expected, 2 * Fixture.epsilon(dtype) + 1e-6);
        rows[2] = 6;
        assertThatThrownBy(() -> kernels.embedding().combineRows(x, ints(rows, 3, 4), fixture.random(DType.F32, 3, 4), out))
                .isInstanceOf(IllegalArgumentException.class).hasMessage("combineRows: row 6 is not in [0, 6)");
        assertThatThrownBy(() -> kernels.embedding().combineRows(x, ints(rows, 3, 4), fixture.random(DType.F32, 3, 3), out))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("weights").hasMessageContaining("12 elements");
    }

    private Tensor ints(int[] values, long... dims) {
        return fixture.emptyInts(dims).copyFrom(values);
    }

    @Test
    void siluOfExtremeNumbersIsRight() {
        float[] x = {-1e30f, -200, -88, -20, -0f, 0, 20, 88, 200, 1e30f, Float.NaN, Float.POSITIVE_INFINITY};
        var gateUp = fixture.random(DType.F32, 1, 2L * x.length);
        gateUp.narrowCols(0, x.length).copyFrom(x);
        float[] ones = new float[x.length];
        Arrays.fill(ones, 1);
        gateUp.narrowCols(x.length, x.length).copyFrom(ones);
        var out = fixture.empty(DType.F32, 1, x.length);
        for (Lanes lanes : new Lanes[] {new VectorLanes(), new ScalarLanes()}) {
            try (var both = new CpuKernels(fixture.device, 1, lanes)) {
                both.activation().gatedMul(Activation.SILU, gateUp, out);
            }
            assertThat(out.toFloats()).usingComparatorWithPrecision(1e-6f).containsExactly(
                    0f, 0f, 0f, -4.1223073e-8f, 0f, 0f, 20f, 88f, 200f, 1e30f, Float.NaN, Float.POSITIVE_INFINITY);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void embedTakesRowsByIdInTheDtypeOfOut(DType dtype) {
        var weight = fixture.random(dtype, 11, 35);
        var out = fixture.emptyWithGaps(DType.F32, 4, 35, 1);
        kernels.embedding().embed(fixture.ints(10, 0, 3, 3), weight, out);
        for (int t = 0; t < 4; t++) {
            assertThat(out.narrowRows(t, 1).toFloats()).isEqualTo(weight.narrowRows(new int[] {10, 0, 3, 3}[t], 1).toFloats());
        }
    }

    @Test
    void embedNamesAnIdOutsideTheVocabulary() {
        var weight = fixture.random(DType.F32, 11, 4);
        assertThatThrownBy(() -> kernels.embedding().embed(fixture.ints(11), weight, fixture.empty(DType.F32, 1, 4)))
                .isInstanceOf(IllegalArgumentException.class).hasMessage("embed: token id 11 is not in [0, 11)");
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void gatherRowsCopiesRows(DType dtype) {
        var x = fixture.randomWithGaps(dtype, 9, 13, 2);
        var out = fixture.emptyWithGaps(dtype, 3, 13, 1);
        kernels.embedding().gatherRows(x, fixture.ints(8, 2, 0), out);
        for (int i = 0; i < 3; i++) {
            assertThat(out.narrowRows(i, 1).toFloats()).isEqualTo(x.narrowRows(new int[] {8, 2, 0}[i], 1).toFloats());
        }
    }

    @Test
    void argmaxTakesTheLowestOfEqualsAndNeverNanOverANumber() {
        float nan = Float.NaN;
        float low = Float.NEGATIVE_INFINITY;
        var logits = fixture.empty(DType.F32, 6, 4).copyFrom(
                1, 5, 5, 2,
                nan, nan, nan, nan,
                nan, low, nan, low,
                3, nan, 4, nan,
                -0f, 0f, -0f, 0f,
                low, low, low, low);
        var out = fixture.emptyInts(6);
        kernels.sampling().argmax(logits, out);
        assertThat(out.toInts()).containsExactly(1, 0, 1, 2, 0, 0);
    }

    @Test
    void argmaxFindsThePlaceInLongRowsWithGaps() {
        var logits = fixture.randomWithGaps(DType.F32, 3, 50_001, 7);
        float[] values = logits.toFloats();
        int[] expected = new int[3];
        for (int i = 0; i < values.length; i++) {
            int row = i / 50_001;
            if (values[i] > values[row * 50_001 + expected[row]]) {
                expected[row] = i % 50_001;
            }
        }
        var out = fixture.emptyInts(3);
        kernels.sampling().argmax(logits, out);
        assertThat(out.toInts()).containsExactly(expected);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void randomNormalHasTheMomentsAskedForAndDependsOnSeedAndPositionAlone(DType dtype) {
        var out = fixture.empty(dtype, 300, 401);
        kernels.fill().randomNormal(out, 42, 1, 0.5f);
        float[] values = out.toFloats();
        double sum = 0;
        double squares = 0;
        for (float value : values) {
            sum += value;
            squares += (value - 1) * (value - 1);
        }
        assertThat(sum / values.length).isBetween(0.99, 1.01);
        assertThat(Math.sqrt(squares / values.length)).isBetween(0.495, 0.505);
        var start = fixture.empty(dtype, 5000);
        kernels.fill().randomNormal(start, 42, 1, 0.5f);
        assertThat(start.toFloats()).isEqualTo(Arrays.copyOf(values, 5000));
        kernels.fill().randomNormal(start, 43, 1, 0.5f);
        assertThat(start.toFloats()).isNotEqualTo(Arrays.copyOf(values, 5000));
    }

    @Test
    void castRoundsToTheNearestOfTheTargetType() {
        var in = fixture.random(DType.F32, 100, 77);
        for (DType dtype : Fixture.FLOATS) {
            var out = fixture.empty(dtype, 7700);
            kernels.fill().cast(in, out);
            assertThat(out.toFloats()).isEqualTo(fixture.empty(dtype, 7700).copyFrom(in.toFloats()).toFloats());
            var back = fixture.empty(DType.F32, 100, 77);
            kernels.fill().cast(out, back);
            assertThat(back.toFloats()).isEqualTo(out.toFloats());
        }
    }
}
