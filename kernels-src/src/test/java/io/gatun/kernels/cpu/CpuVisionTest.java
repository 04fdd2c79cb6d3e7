package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.Segments;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CpuVisionTest {
    private static final float SCALE = 0.3f;
    private static final int[] BOUNDS = {0, 33, 34, 34, 134, 170};

    private final Fixture fixture = new Fixture();
    private final CpuKernels kernels = new CpuKernels(fixture.device, 2);

    @AfterEach
    void close() {
        kernels.close();
        fixture.close();
    }

    static Stream<Arguments> layouts() {
        return Stream.of(new int[][] {{1, 16}, {3, 64}, {2, 72}, {5, 80}, {4, 7}}).flatMap(l -> Stream.of(Fixture.FLOATS)
                .map(dtype -> Arguments.of(l[0], l[1], dtype)));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void attendsInsideOfSegmentsLikeTheNaiveSoftmax(int heads, int headDim, DType dtype) {
        int tokens = BOUNDS[BOUNDS.length - 1];
        int width = heads * headDim;
        var qkv = fixture.randomWithGaps(dtype, tokens, 3 * width, 3);
        var out = fixture.emptyWithGaps(dtype, tokens, width, 2);
        var q = qkv.narrowCols(0, width);
        var k = qkv.narrowCols(width, width);
        var v = qkv.narrowCols(2L * width, width);
        kernels.vision().attention(q, k, v, new Segments(fixture.ints(BOUNDS), 100), headDim, SCALE, out);
        Fixture.assertClose(out, naive(q, k, v, headDim), 3e-6 + Fixture.epsilon(dtype));
    }

    @Test
    void aSegmentHasTheSameBitsAlone() {
        int width = 2 * 80;
        var q = fixture.random(DType.F32, 170, width);
        var k = fixture.random(DType.F32, 170, width);
        var v = fixture.random(DType.F32, 170, width);
        var all = fixture.empty(DType.F32, 170, width);
        kernels.vision().attention(q, k, v, new Segments(fixture.ints(BOUNDS), 100), 80, SCALE, all);
        for (int s = 0; s + 1 < BOUNDS.length; s++) {
            int n = BOUNDS[s + 1] - BOUNDS[s];
            var one = fixture.empty(DType.F32, n, width);
            kernels.vision().attention(q.narrowRows(BOUNDS[s], n), k.narrowRows(BOUNDS[s], n), v.narrowRows(BOUNDS[s], n),
                    new Segments(fixture.ints(0, n), 500), 80, SCALE, one);
            assertThat(one.toFloats()).isEqualTo(all.narrowRows(BOUNDS[s], n).toFloats());
        }
    }

    @Test
    void namesSegmentsThatDoNotFit() {
        var x = fixture.random(DType.F32, 10, 16);
        for (int[] bounds : new int[][] {{0, 9}, {0, 11}, {1, 10}, {0, 6, 4, 10}}) {
            assertThatThrownBy(() -> kernels.vision().attention(x, x, x, new Segments(fixture.ints(bounds), 10), 16, SCALE, x))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("ascend from 0 to the 10 rows");
        }
        assertThatThrownBy(() -> kernels.vision().attention(x, x, x, new Segments(fixture.ints(0, 10), 9), 16, SCALE, x))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("at most maxLen, 9");
        assertThatThrownBy(() -> kernels.vision().attention(x, x, x, new Segments(fixture.ints(0, 10), 10), 12, SCALE, x))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("heads of 12 elements");
    }

    private static double[] naive(Tensor q, Tensor k, Tensor v, int headDim) {
        float[] queries = q.toFloats();
        float[] keys = k.toFloats();
        float[] values = v.toFloats();
        int width = q.cols();
        double[] out = new double[queries.length];
        for (int s = 0; s + 1 < BOUNDS.length; s++) {
            for (int i = BOUNDS[s]; i < BOUNDS[s + 1]; i++) {
                for (int col = 0; col < width; col += headDim) {
                    double[] weights = new double[BOUNDS[s + 1]];
                    double sum = 0;
                    for (int j = BOUNDS[s]; j < BOUNDS[s + 1]; j++) {
                        double score = 0;
                        for (int c = col; c < col + headDim; c++) {
                            score += (double) queries[i * width + c] * keys[j * width + c];
                        }
                        sum += weights[j] = Math.exp(SCALE * score);
                    }
                    for (int j = BOUNDS[s]; j < BOUNDS[s + 1]; j++) {
                        for (int c = col; c < col + headDim; c++) {
                            out[i * width + c] += weights[j] / sum * values[j * width + c];
                        }
                    }
                }
            }
        }
        return out;
    }
}
