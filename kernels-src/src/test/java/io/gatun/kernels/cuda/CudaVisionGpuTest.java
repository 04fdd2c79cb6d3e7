package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.Segments;
import io.gatun.memory.DType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds attention inside of segments to the CPU's: one picture, several, windows, segments of one row and of none, poisoned outputs. */
class CudaVisionGpuTest {
    private static final int MARGIN = 8;

    @TempDir
    static Path cubins;
    private Twins twins;
    private CudaVision vision;

    @BeforeEach
    void open() {
        twins = Twins.open(cubins);
        vision = new CudaVision(twins.launcher);
    }

    @AfterEach
    void close() {
        if (twins != null) {
            twins.close();
        }
    }

    static Stream<Arguments> layouts() {
        int[][] heads = {{16, 3}, {32, 2}, {64, 3}, {72, 2}, {80, 2}, {88, 1}, {128, 2}, {256, 1}};
        return Arrays.stream(heads).flatMap(h -> Arrays.stream(Twins.FLOATS).map(type -> Arguments.of(type, h[0], h[1])));
    }

    @ParameterizedTest(name = "{0}, {2} heads of {1}")
    @MethodSource("layouts")
    void segmentsAgree(DType type, int headDim, int heads) {
        attends(type, headDim, heads, 0, 130, 131, 131, 195, 323, 700);
        attends(type, headDim, heads, 0, 64, 128, 176, 177, 200);
        attends(type, headDim, heads, 0, 129);
        attends(type, headDim, heads, 0, 1, 2, 3);
    }

    private void attends(DType type, int headDim, int heads, int... bounds) {
        int tokens = bounds[bounds.length - 1];
        int width = heads * headDim;
        int maxLen = 0;
        for (int s = 1; s < bounds.length; s++) {
            maxLen = Math.max(maxLen, bounds[s] - bounds[s - 1]);
        }
        var cuSeqlens = twins.ints(bounds);
        var qkv = twins.random(type, MARGIN, tokens, 3 * width);
        var q = qkv.narrowCols(0, width);
        var k = qkv.narrowCols(width, width);
        var v = qkv.narrowCols(2L * width, width);
        var out = twins.empty(type, MARGIN, tokens, width);
        vision.attention(q.gpu(), k.gpu(), v.gpu(), new Segments(cuSeqlens.gpu(), maxLen), headDim, 0.2f, out.gpu());
        twins.reference.vision().attention(q.cpu(), k.cpu(), v.cpu(), new Segments(cuSeqlens.cpu(), maxLen), headDim, 0.2f, out.cpu());
        Twins.assertTwins(out, Twins.rounding(type));
    }

    @Test
    void theWholeOfALargePictureAgrees() {
        attends(DType.BF16, 80, 2, 0, 3001);
        attends(DType.F16, 64, 1, 0, 2048);
    }

    @ParameterizedTest(name = "{0}, {2} heads of {1}")
    @MethodSource("layouts")
    void aRowHasTheSameBitsWithBlocksOfAnySizeThatOneKernelTakes(DType type, int headDim, int heads) {
        sameBits(type, headDim, heads, 60, 200);
        sameBits(type, headDim, heads, 256, 1000);
    }

    private void sameBits(DType type, int headDim, int heads, int... maxLens) {
        int width = heads * headDim;
        var cuSeqlens = twins.ints(0, 50, 110).gpu();
        var x = twins.random(type, 0, 110, 3 * width).gpu();
        float[][] results = new float[2][];
        for (int i = 0; i < 2; i++) {
            var out = twins.empty(type, 0, 110, width).gpu();
            vision.attention(x.narrowCols(0, width), x.narrowCols(width, width), x.narrowCols(2L * width, width),
                    new Segments(cuSeqlens, maxLens[i]), headDim, 0.2f, out);
            results[i] = out.toFloats();
        }
        assertThat(results[1]).isEqualTo(results[0]);
    }

    @Test
    void aHeadDimensionThatNoKernelTakesIsNamed() {
        var x = twins.random(DType.BF16, 0, 3, 40).gpu();
        var segments = new Segments(twins.ints(0, 3).gpu(), 3);
        assertThatThrownBy(() -> vision.attention(x, x, x, segments, 20, 1, x)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("heads of 20 elements").hasMessageContaining("multiples of 8");
    }
}
