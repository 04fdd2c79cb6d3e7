package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.NormStyle;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class CpuNormTest {
    private static final float EPS = 1e-5f;

    private final Fixture fixture = new Fixture();
    private final CpuKernels kernels = new CpuKernels(fixture.device, 2);

    @AfterEach
    void close() {
        kernels.close();
        fixture.close();
    }

    static Stream<Arguments> sizes() {
        return Stream.of(new int[][] {{1, 1}, {3, 17}, {5, 64}, {2, 1000}, {70, 1000}})
                .flatMap(s -> Stream.of(Fixture.FLOATS).map(dtype -> Arguments.of(s[0], s[1], dtype)));
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void normalizesRows(int rows, int hidden, DType dtype) {
        var x = fixture.randomWithGaps(dtype, rows, hidden, 3);
        var weight = fixture.random(dtype, hidden);
        var out = fixture.emptyWithGaps(dtype, rows, hidden, 2);
        kernels.norm().rmsNorm(x, weight, EPS, out);
        Fixture.assertClose(out, normalized(x.toFloats(), weight.toFloats(), rows), 3 * Fixture.epsilon(dtype) + 1e-6);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void addsToTheResidualAndNormalizesTheSumInPlaceOfX(int rows, int hidden, DType dtype) {
        var x = fixture.randomWithGaps(dtype, rows, hidden, 1);
        var residual = fixture.random(dtype, rows, hidden);
        var weight = fixture.random(dtype, hidden);
        float[] sum = residual.toFloats();
        float[] added = x.toFloats();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += added[i];
        }
        kernels.norm().addRmsNorm(x, residual, weight, EPS, x);
        Rows.round(dtype, sum, 0, sum.length);
        assertThat(residual.toFloats()).isEqualTo(sum);
        Fixture.assertClose(x, normalized(sum, weight.toFloats(), rows), 3 * Fixture.epsilon(dtype) + 1e-6);
    }

    @Test
    void roundsToTheDtypeBeforeTheWeightIsApplied() {
        var x = fixture.empty(DType.BF16, 1, 2).copyFrom(1f, 3f);
        var weight = fixture.empty(DType.F32, 2).copyFrom(1.001f, 1.001f);
        var out = fixture.empty(DType.F32, 1, 2);
        kernels.norm().rmsNorm(x, weight, 0, out);
        float first = DType.bf16ToFloat(DType.floatToBf16((float) (1 / Math.sqrt(5))));
        assertThat(out.toFloats()[0]).isEqualTo(first * 1.001f);
    }

    @ParameterizedTest
    @EnumSource(NormStyle.class)
    void stylesDifferInTheWeightAndInWhatIsRounded(NormStyle style) {
        var x = fixture.random(DType.BF16, 3, 40);
        var weight = fixture.random(DType.BF16, 40);
        var out = fixture.empty(DType.F32, 3, 40);
        kernels.norm().rmsNorm(x, weight, EPS, style, out);
        float[] weights = weight.toFloats();
        float[] ones = new float[40];
        Arrays.fill(ones, 1);
        double[] expected = normalized(x.toFloats(), ones, 3);
        for (int i = 0; i < expected.length; i++) {
            double rounded = style == NormStyle.LLAMA ? DType.bf16ToFloat(DType.floatToBf16((float) expected[i])) : expected[i];
            expected[i] = rounded * (weights[i % 40] + (style == NormStyle.GEMMA ? 1 : 0));
        }
        Fixture.assertClose(out, expected, 1e-6);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void normalizesHeadsByThemselves(int rows, int headDim, DType dtype) {
        var x = fixture.randomWithGaps(dtype, rows, 3 * headDim, 2);
        var weight = fixture.random(dtype, headDim);
        double[] expected = normalized(x.toFloats(), weight.toFloats(), 3 * rows);
        kernels.norm().rmsNormHeads(x, weight, EPS, NormStyle.LLAMA);
        Fixture.assertClose(x, expected, 3 * Fixture.epsilon(dtype) + 1e-6);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void addsRows(int rows, int hidden, DType dtype) {
        var x = fixture.randomWithGaps(dtype, rows, hidden, 1);
        var residual = fixture.random(dtype, rows, hidden);
        float[] sum = residual.toFloats();
        float[] added = x.toFloats();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += added[i];
        }
        Rows.round(dtype, sum, 0, sum.length);
        kernels.norm().add(x, residual);
        assertThat(residual.toFloats()).isEqualTo(sum);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void centresAndScalesRows(int rows, int hidden, DType dtype) {
        var x = fixture.randomWithGaps(dtype, rows, hidden, 3);
        var weight = fixture.random(dtype, hidden);
        var bias = fixture.random(dtype, hidden);
        var out = fixture.emptyWithGaps(dtype, rows, hidden, 2);
        kernels.norm().layerNorm(x, weight, bias, EPS, out);
        Fixture.assertClose(out, centred(x.toFloats(), weight.toFloats(), bias.toFloats(), rows), 3 * Fixture.epsilon(dtype) + 2e-6);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void addsToTheResidualAndCentresTheSumInPlaceOfX(int rows, int hidden, DType dtype) {
        var x = fixture.randomWithGaps(dtype, rows, hidden, 1);
        var residual = fixture.random(dtype, rows, hidden);
        var weight = fixture.random(dtype, hidden);
        var bias = fixture.random(dtype, hidden);
        float[] sum = residual.toFloats();
        float[] added = x.toFloats();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += added[i];
        }
        kernels.norm().addLayerNorm(x, residual, weight, bias, EPS, x);
        Rows.round(dtype, sum, 0, sum.length);
        assertThat(residual.toFloats()).isEqualTo(sum);
        Fixture.assertClose(x, centred(sum, weight.toFloats(), bias.toFloats(), rows), 3 * Fixture.epsilon(dtype) + 2e-6);
    }

    @Test
    void givesARowTheSameBitsInEveryBatch() {
        var x = fixture.random(DType.F32, 64, 1001);
        var weight = fixture.random(DType.F32, 1001);
        var all = fixture.empty(DType.F32, 64, 1001);
        var one = fixture.empty(DType.F32, 1, 1001);
        kernels.norm().rmsNorm(x, weight, EPS, all);
        for (int row = 0; row < 64; row++) {
            kernels.norm().rmsNorm(x.narrowRows(row, 1), weight, EPS, one);
            assertThat(one.toFloats()).isEqualTo(all.narrowRows(row, 1).toFloats());
        }
    }

    @Test
    void refusesAWeightOfAnotherWidth() {
        Tensor x = fixture.random(DType.F32, 2, 8);
        assertThatThrownBy(() -> kernels.norm().rmsNorm(x, fixture.random(DType.F32, 7), EPS, x))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("weight is f32[7]").hasMessageContaining("8 columns");
    }

    private static double[] normalized(float[] x, float[] weight, int rows) {
        int hidden = weight.length;
        double[] out = new double[x.length];
        for (int t = 0; t < rows; t++) {
            double squares = 0;
            for (int i = 0; i < hidden; i++) {
                squares += (double) x[t * hidden + i] * x[t * hidden + i];
            }
            for (int i = 0; i < hidden; i++) {
                out[t * hidden + i] = x[t * hidden + i] / Math.sqrt(squares / hidden + EPS) * weight[i];
            }
        }
        return out;
    }

    private static double[] centred(float[] x, float[] weight, float[] bias, int rows) {
        int hidden = weight.length;
        double[] out = new double[x.length];
        for (int t = 0; t < rows; t++) {
            double mean = 0;
            for (int i = 0; i < hidden; i++) {
                mean += (double) x[t * hidden + i] / hidden;
            }
            double variance = 0;
            for (int i = 0; i < hidden; i++) {
                variance += Math.pow(x[t * hidden + i] - mean, 2) / hidden;
            }
            for (int i = 0; i < hidden; i++) {
                out[t * hidden + i] = (x[t * hidden + i] - mean) / Math.sqrt(variance + EPS) * weight[i] + bias[i];
            }
        }
        return out;
    }
}
