package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CpuLinearTest {
    private final Fixture fixture = new Fixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    static Stream<Arguments> shapes() {
        int[][] shapes = {{1, 1, 1}, {1, 5, 16}, {1, 33, 67}, {2, 4, 64}, {3, 19, 100}, {7, 66, 129}, {65, 13, 48}, {130, 7, 33}};
        return Stream.of(shapes).flatMap(s -> Stream.of(Fixture.FLOATS).flatMap(weight -> Stream.of(Fixture.FLOATS)
                .map(x -> Arguments.of(s[0], s[1], s[2], x, weight))));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void multipliesLikeTheNaiveProduct(int m, int n, int k, DType type, DType weightType) {
        var x = fixture.randomWithGaps(type, m, k, 3);
        var weight = fixture.random(weightType, n, k);
        var bias = fixture.random(weightType, n);
        double tolerance = Fixture.epsilon(type) + 1e-6 * Math.sqrt(k);
        for (Lanes lanes : new Lanes[] {new VectorLanes(), new ScalarLanes()}) {
            try (var kernels = new CpuKernels(fixture.device, 2, lanes)) {
                var out = fixture.emptyWithGaps(type, m, n, 5);
                kernels.linear().linear(x, weight, out);
                Fixture.assertClose(out, product(x, weight, null), tolerance);
                kernels.linear().linear(x, weight, bias, out);
                Fixture.assertClose(out, product(x, weight, bias), tolerance);
                var wide = fixture.empty(DType.F32, m, n);
                kernels.linear().linear(x, weight, wide);
                Fixture.assertClose(wide, product(x, weight, null), 1e-5 * Math.sqrt(k));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void multipliesEachHeadByItsOwnMatrix(int m, int n, int k, DType type, DType weightType) {
        int heads = 3;
        var x = fixture.randomWithGaps(type, m, heads * k, 3);
        var weight = fixture.random(weightType, heads, n, k);
        var out = fixture.emptyWithGaps(type, m, heads * n, 5);
        try (var kernels = new CpuKernels(fixture.device, 2)) {
            kernels.linear().linearHeads(x, weight, out);
        }
        for (int h = 0; h < heads; h++) {
            double[] expected = product(x.narrowCols((long) h * k, k), weight.narrowRows(h, 1).view(n, k), null);
            Fixture.assertClose(out.narrowCols((long) h * n, n), expected, Fixture.epsilon(type) + 1e-6 * Math.sqrt(k));
        }
    }

    private static double[] product(Tensor x, Tensor weight, Tensor bias) {
        float[] a = x.toFloats();
        float[] w = weight.toFloats();
        int k = x.cols();
        int n = weight.rows();
        double[] out = new double[x.rows() * n];
        for (int i = 0; i < x.rows(); i++) {
            for (int j = 0; j < n; j++) {
                double sum = bias == null ? 0 : bias.toFloats()[j];
                for (int l = 0; l < k; l++) {
                    sum += (double) a[i * k + l] * w[j * k + l];
                }
                out[i * n + j] = sum;
            }
        }
        return out;
    }

    static Stream<Arguments> weightTypesAndLanes() {
        return Stream.of(Fixture.FLOATS).flatMap(t -> Stream.of(new VectorLanes(), new ScalarLanes()).map(lanes -> Arguments.of(t, lanes)));
    }

    @ParameterizedTest
    @MethodSource("weightTypesAndLanes")
    void givesARowTheSameBitsInEveryBatchAndOnAnyNumberOfThreads(DType weightType, Lanes lanes) {
        int n = 203;
        int k = 531;
        var x = fixture.random(DType.F32, 71, k);
        var weight = fixture.random(weightType, n, k);
        try (var one = new CpuKernels(fixture.device, 1, lanes); var three = new CpuKernels(fixture.device, 3, lanes)) {
            var all = fixture.empty(DType.F32, 71, n);
            three.linear().linear(x, weight, all);
            for (int count : new int[] {1, 2, 3, 7}) {
                for (int row : new int[] {0, 1, 40, 63, 64}) {
                    var part = fixture.empty(DType.F32, count, n);
                    one.linear().linear(x.narrowRows(row, count), weight, part);
                    assertThat(part.toFloats()).as("%d rows from %d", count, row).isEqualTo(all.narrowRows(row, count).toFloats());
                }
            }
        }
    }

    @Test
    void doesNotDependOnWhereFeaturesAreDivided() {
        int k = 100;
        var x = fixture.random(DType.F32, 1, k);
        var weight = fixture.random(DType.BF16, 37, k);
        try (var kernels = new CpuKernels(fixture.device, 1)) {
            var all = fixture.empty(DType.F32, 1, 37);
            kernels.linear().linear(x, weight, all);
            for (int n = 0; n < 37; n++) {
                var one = fixture.empty(DType.F32, 1, 1);
                kernels.linear().linear(x, weight.narrowRows(n, 1), one);
                assertThat(one.toFloats()[0]).isEqualTo(all.toFloats()[n]);
            }
        }
    }

    @Test
    void namesTheTensorThatDoesNotFit() {
        try (var kernels = new CpuKernels(fixture.device, 1)) {
            var x = fixture.random(DType.F32, 2, 8);
            var weight = fixture.random(DType.F32, 4, 9);
            assertThatThrownBy(() -> kernels.linear().linear(x, weight, fixture.empty(DType.F32, 2, 4)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("linear: x is f32[2, 8]").hasMessageContaining("9 columns");
            assertThatThrownBy(() -> kernels.linear().linear(x, fixture.random(DType.F32, 4, 8), fixture.empty(DType.F32, 3, 4)))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("out is f32[3, 4]").hasMessageContaining("2 rows");
        }
    }
}
