package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatun.memory.DType;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LanesTest {
    private final Lanes vector = new VectorLanes();
    private final Lanes scalar = new ScalarLanes();
    private final Random random = new Random(11);

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void widensEveryOneOfThe65536BitPatternsExactly(DType dtype) {
        short[] bits = new short[1 << 16];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = (short) i;
        }
        float[] values = new float[bits.length];
        vector.widen(MemorySegment.ofArray(bits), dtype, 0, values, 0, bits.length);
        for (int i = 0; i < bits.length; i++) {
            float expected = dtype == DType.F16 ? Float.float16ToFloat(bits[i]) : DType.bf16ToFloat(bits[i]);
            assertThat(Float.floatToIntBits(values[i])).as("bits %04x", i).isEqualTo(Float.floatToIntBits(expected));
        }
    }

    @Test
    void vectorsAndScalarsAgreeOnProducts() {
        for (int k : new int[] {1, 15, 16, 17, 64, 1000}) {
            float[] x = floats(3 * k);
            float[] w = floats(6 * k);
            float[] a = new float[18];
            float[] b = new float[18];
            vector.dots(x, 0, 3, w, 6, k, a, 0, 6);
            scalar.dots(x, 0, 3, w, 6, k, b, 0, 6);
            for (int i = 0; i < 18; i++) {
                assertThat(a[i]).isCloseTo(b[i], within((float) (1e-6 * k)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void productsWithWeightsInPlaceEqualProductsWithWidenedWeights(DType dtype) {
        for (Lanes lanes : new Lanes[] {vector, scalar}) {
            for (int k : new int[] {1, 16, 31, 96, 500}) {
                var weight = weights(dtype, 7 * k + 1);
                float[] wide = new float[7 * k];
                lanes.widen(weight, dtype, dtype.bytes(), wide, 0, wide.length);
                float[] x = floats(k);
                float[] inPlace = new float[7];
                float[] widened = new float[7];
                lanes.dotRows(x, weight, dtype, dtype.bytes(), 7, k, inPlace, 0);
                lanes.dots(x, 0, 1, wide, 7, k, widened, 0, 7);
                assertThat(inPlace).as("%s, k = %d", lanes.name(), k).isEqualTo(widened);
            }
        }
    }

    @Test
    void exponentialsAreWithinTwoUlpAndSumToTheirSum() {
        for (Lanes lanes : new Lanes[] {vector, scalar}) {
            for (int n : new int[] {1, 5, 16, 33, 5000}) {
                float[] scores = new float[n];
                for (int i = 0; i < n; i++) {
                    scores[i] = random.nextFloat() * 40;
                }
                scores[n / 2] = 40;
                float[] result = scores.clone();
                float sum = lanes.exponentials(result, 0, n, 2);
                double expectedSum = 0;
                for (int i = 0; i < n; i++) {
                    double expected = Math.exp(2 * scores[i] - 80f);
                    expectedSum += expected;
                    assertThat((double) result[i]).isCloseTo(expected, within(2.0 * Math.ulp((float) expected)));
                }
                assertThat((double) sum).isCloseTo(expectedSum, within(1e-5 * expectedSum));
            }
        }
    }

    @Test
    void exponentialsOfMinusInfinityAreZero() {
        for (Lanes lanes : new Lanes[] {vector, scalar}) {
            float[] scores = {Float.NEGATIVE_INFINITY, 3, -1000};
            assertThat(lanes.exponentials(scores, 0, 3, 1)).isEqualTo(1);
            assertThat(scores).containsExactly(0, 1, 0);
        }
    }

    private float[] floats(int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private MemorySegment weights(DType dtype, int n) {
        float[] values = floats(n);
        if (dtype == DType.F32) {
            return MemorySegment.ofArray(values);
        }
        short[] bits = new short[n];
        for (int i = 0; i < n; i++) {
            bits[i] = dtype == DType.F16 ? Float.floatToFloat16(values[i]) : DType.floatToBf16(values[i]);
        }
        return MemorySegment.ofArray(bits);
    }
}
