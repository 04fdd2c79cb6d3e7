package io.gatun.server.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Against what PyTorch 2 prints with {@code print(torch.tensor(...))}; with {@code device='cuda:0'} by torch._tensor_str._add_suffixes. */
class TorchReprTest {

    @Test
    void ordinaryNumbersHaveFourDecimals() {
        assertRepr(1, "tensor([[3.1416]])", 3.14159f);
        assertRepr(4, "tensor([[ 0.0312,  0.0938,  0.1562, -0.2188]])", 0.03125f, 0.09375f, 0.15625f, -0.21875f);
    }

    @Test
    void largeMatricesShowThreeNumbersAtEachEnd() {
        assertThat(TorchRepr.matrix(ramp(3 * 2000, 0.01f, -30), 2000, "cpu")).isEqualTo("""
                tensor([[-30.0000, -29.9900, -29.9800,  ..., -10.0300, -10.0200, -10.0100],
                        [-10.0000,  -9.9900,  -9.9800,  ...,   9.9700,   9.9800,   9.9900],
                        [ 10.0000,  10.0100,  10.0200,  ...,  29.9700,  29.9800,  29.9900]])""");
    }

    @Test
    void manyRowsAreLeftOutLikeManyColumns() {
        assertThat(TorchRepr.matrix(ramp(8 * 200, 0.25f, -3), 200, "cpu")).isEqualTo("""
                tensor([[ -3.0000,  -2.7500,  -2.5000,  ...,  46.2500,  46.5000,  46.7500],
                        [ 47.0000,  47.2500,  47.5000,  ...,  96.2500,  96.5000,  96.7500],
                        [ 97.0000,  97.2500,  97.5000,  ..., 146.2500, 146.5000, 146.7500],
                        ...,
                        [247.0000, 247.2500, 247.5000,  ..., 296.2500, 296.5000, 296.7500],
                        [297.0000, 297.2500, 297.5000,  ..., 346.2500, 346.5000, 346.7500],
                        [347.0000, 347.2500, 347.5000,  ..., 396.2500, 396.5000, 396.7500]])""");
    }

    @Test
    void matricesOfUpToAThousandNumbersAreShownInFullAndWrapped() {
        assertThat(TorchRepr.matrix(ramp(2 * 30, 0.5f, -7.25f), 30, "cpu")).isEqualTo("""
                tensor([[-7.2500, -6.7500, -6.2500, -5.7500, -5.2500, -4.7500, -4.2500, -3.7500,
                         -3.2500, -2.7500, -2.2500, -1.7500, -1.2500, -0.7500, -0.2500,  0.2500,
                          0.7500,  1.2500,  1.7500,  2.2500,  2.7500,  3.2500,  3.7500,  4.2500,
                          4.7500,  5.2500,  5.7500,  6.2500,  6.7500,  7.2500],
                        [ 7.7500,  8.2500,  8.7500,  9.2500,  9.7500, 10.2500, 10.7500, 11.2500,
                         11.7500, 12.2500, 12.7500, 13.2500, 13.7500, 14.2500, 14.7500, 15.2500,
                         15.7500, 16.2500, 16.7500, 17.2500, 17.7500, 18.2500, 18.7500, 19.2500,
                         19.7500, 20.2500, 20.7500, 21.2500, 21.7500, 22.2500]])""");
    }

    @Test
    void aWideRangeIsScientific() {
        assertRepr(3, """
                tensor([[ 1.5000e+00, -2.2500e+00,  3.1250e-02],
                        [ 1.0012e+02,  7.0000e+00, -0.0000e+00]])""", 1.5f, -2.25f, 0.03125f, 100.125f, 7, -0f);
        assertRepr(2, "tensor([[1.0000e+09, 2.0000e+00]])", 1e9f, 2);
        assertRepr(2, """
                tensor([[-1.0000e-05,  4.0000e-03],
                        [-0.0000e+00,  2.0000e-03]])""", -0.00001f, 0.004f, -0f, 0.002f);
    }

    @Test
    void scientificNumbersWrapWithTheGapAmongThem() {
        assertThat(TorchRepr.matrix(ramp(2 * 800, 0.01f, 1e-5f), 800, "cpu")).isEqualTo("""
                tensor([[1.0000e-05, 1.0010e-02, 2.0010e-02,  ..., 7.9700e+00, 7.9800e+00,
                         7.9900e+00],
                        [8.0000e+00, 8.0100e+00, 8.0200e+00,  ..., 1.5970e+01, 1.5980e+01,
                         1.5990e+01]])""");
    }

    @Test
    void numbersThatAreNoneAreAlignedWithTheOthers() {
        float inf = Float.POSITIVE_INFINITY;
        assertRepr(8, """
                tensor([[ 1.0000e+00,  2.0005e+03, -3.0000e-05,  0.0000e+00,         nan,
                                 inf,        -inf,  1.2346e+04]])""", 1, 2000.5f, -3e-5f, 0, Float.NaN, inf, -inf, 12345.678f);
        assertRepr(2, "tensor([[nan, -inf]])", Float.NaN, -inf);
    }

    @Test
    void wholeNumbersHaveNoDecimals() {
        assertRepr(3, """
                tensor([[  1.,   2.,   3.],
                        [-40.,   0., 500.]])""", 1, 2, 3, -40, 0, 500);
        assertRepr(2, """
                tensor([[  1.,  nan],
                        [-40.,  inf]])""", 1, Float.NaN, -40, Float.POSITIVE_INFINITY);
        assertRepr(3, """
                tensor([[0., 0., 0.],
                        [0., 0., 0.]])""", 0, 0, 0, 0, 0, 0);
    }

    @Test
    void theDeviceStandsWhereTheLineHasRoom() {
        assertThat(TorchRepr.matrix(new float[] {3.14159f, 2}, 2, "cuda:0")).isEqualTo("tensor([[3.1416, 2.0000]], device='cuda:0')");
        assertThat(TorchRepr.matrix(ramp(6, 0.5f, 1.25f), 6, "cuda:0"))
                .isEqualTo("tensor([[1.2500, 1.7500, 2.2500, 2.7500, 3.2500, 3.7500]], device='cuda:0')");
        assertThat(TorchRepr.matrix(new float[] {1.25f, 2.5f, 3.5f, 401.5f, 40.5f}, 5, "cuda:0"))
                .isEqualTo("tensor([[  1.2500,   2.5000,   3.5000, 401.5000,  40.5000]], device='cuda:0')");
        assertThat(TorchRepr.matrix(ramp(7, 0.5f, 1.25f), 7, "cuda:0")).isEqualTo("""
                tensor([[1.2500, 1.7500, 2.2500, 2.7500, 3.2500, 3.7500, 4.2500]],
                       device='cuda:0')""");
        assertThat(TorchRepr.matrix(ramp(10, 0.5f, 1.25f), 5, "cuda:0")).isEqualTo("""
                tensor([[1.2500, 1.7500, 2.2500, 2.7500, 3.2500],
                        [3.7500, 4.2500, 4.7500, 5.2500, 5.7500]], device='cuda:0')""");
        assertThat(TorchRepr.matrix(ramp(3 * 2000, 0.01f, -30), 2000, "cuda:0")).endsWith("29.9900]],\n       device='cuda:0')");
    }

    private static void assertRepr(int cols, String expected, float... values) {
        assertThat(TorchRepr.matrix(values, cols, "cpu")).isEqualTo(expected);
    }

    private static float[] ramp(int count, float step, float from) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i * step + from;
        }
        return values;
    }
}
