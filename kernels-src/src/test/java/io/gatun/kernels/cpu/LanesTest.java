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
    private final Lanes scalar = new ScalarLanes(Vectors.F.length());
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
        float[] inMemory = new float[bits.length];
        vector.widen(MemorySegment.ofArray(bits), dtype, 0, MemorySegment.ofArray(inMemory), bits.length);
        assertThat(inMemory).isEqualTo(values);
        for (int i = 0; i < bits.length; i++) {
            float expected = dtype == DType.F16 ? Float.float16ToFloat(bits[i]) : DType.bf16ToFloat(bits[i]);
            assertThat(Float.floatToIntBits(values[i])).as("bits %04x", i).isEqualTo(Float.floatToIntBits(expected));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void vectorsAndScalarsGiveTheSameBits(DType dtype) {
        for (int k : new int[] {1, 15, 16, 17, 64, 1000}) {
            float[] x = floats(3 * k);
            var w = weights(dtype, 6 * k);
            float[] a = new float[18];
            float[] b = new float[18];
            vector.products(x, 0, 3, w, dtype, 0, 6, k, a, 0, 6);
            scalar.products(x, 0, 3, w, dtype, 0, 6, k, b, 0, 6);
            assertThat(a).as("products, k = %d", k).isEqualTo(b);
            assertThat(vector.dot(x, a, Math.min(k, 18))).isEqualTo(scalar.dot(x, a, Math.min(k, 18)));
            float[] sumA = floats(k);
            float[] sumB = sumA.clone();
            vector.addScaled(a, 0, 3, x, k, sumA, 0);
            scalar.addScaled(a, 0, 3, x, k, sumB, 0);
            assertThat(sumA).as("addScaled, d = %d", k).isEqualTo(sumB);
            float[] expA = x.clone();
            float[] expB = x.clone();
            assertThat(vector.exp(expA, 1, k, 3, 0.7f)).isEqualTo(scalar.exp(expB, 1, k, 3, 0.7f));
            assertThat(expA).isEqualTo(expB);
        }
    }

    @Test
    void vectorsTakeOverOnceTheyAreFastAndNoResultChanges() throws InterruptedException {
        var warming = new WarmingLanes();
        float[] x = floats(500);
        var w = weights(DType.BF16, 7 * 500);
        float[] first = new float[7];
        warming.products(x, 0, 1, w, DType.BF16, 0, 7, 500, first, 0, 7);
        assertThat(warming.isWarm(DType.BF16)).isFalse();
        float[] result = new float[7];
        for (long end = System.nanoTime() + 60_000_000_000L; !warming.isWarm(DType.BF16) && System.nanoTime() < end; Thread.sleep(10)) {
            warming.products(x, 0, 1, w, DType.BF16, 0, 7, 500, result, 0, 7);
            assertThat(result).isEqualTo(first);
        }
        assertThat(warming.isWarm(DType.BF16)).isTrue();
        warming.products(x, 0, 1, w, DType.BF16, 0, 7, 500, result, 0, 7);
        assertThat(result).isEqualTo(first);
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
                lanes.products(x, 0, 1, weight, dtype, dtype.bytes(), 7, k, inPlace, 0, 7);
                lanes.products(x, 0, 1, MemorySegment.ofArray(wide), DType.F32, 0, 7, k, widened, 0, 7);
                assertThat(inPlace).as("%s, k = %d", lanes.name(), k).isEqualTo(widened);
            }
        }
    }

    @Test
    void expIsWithinTwoUlpAndReturnsTheSum() {
        for (Lanes lanes : new Lanes[] {vector, scalar}) {
            for (int n : new int[] {1, 5, 16, 33, 5000}) {
                float[] x = new float[n];
                for (int i = 0; i < n; i++) {
                    x[i] = random.nextFloat() * 80 - 40;
                }
                float[] result = x.clone();
                float sum = lanes.exp(result, 0, n, 2, 6);
                double expectedSum = 0;
                for (int i = 0; i < n; i++) {
                    double expected = Math.exp(2 * x[i] - 6);
                    expectedSum += expected;
                    assertThat((double) result[i]).isCloseTo(expected, within(2.0 * Math.ulp((float) expected)));
                }
                assertThat((double) sum).isCloseTo(expectedSum, within(1e-5 * expectedSum));
            }
        }
    }

    @Test
    void expOfExtremeNumbersIsRight() {
        for (Lanes lanes : new Lanes[] {vector, scalar}) {
            float[] x = {Float.NEGATIVE_INFINITY, -1000, -104, 0, Float.NaN};
            lanes.exp(x, 0, 5, 1, 0);
            assertThat(x).containsExactly(0, 0, 0, 1, Float.NaN);
            float[] huge = {88.3f, 1000, Float.POSITIVE_INFINITY};
            lanes.exp(huge, 0, 3, 1, 0);
            for (float value : huge) {
                assertThat(value).isGreaterThanOrEqualTo((float) Math.exp(88.2f));
            }
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
