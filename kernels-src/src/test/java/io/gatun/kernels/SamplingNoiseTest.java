package io.gatun.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SamplingNoiseTest {
    private static final int DRAWS = 200_000;

    /** A seed means the same output in every release: these were computed apart from this code. */
    @Test
    void numbersNeverChange() {
        assertThat(SamplingNoise.uniform(0, 0, 0)).isEqualTo(0x1.4e0dbap-1f);
        assertThat(SamplingNoise.uniform(42, 0, 7)).isEqualTo(0x1.782d48p-1f);
        assertThat(SamplingNoise.uniform(42, 1, 7)).isEqualTo(0x1.96fff4p-2f);
        assertThat(SamplingNoise.uniform(-1, 5, 128_255)).isEqualTo(0x1.16b36p-1f);
    }

    @Test
    void numbersAreUniformAndThoseOfNeighboursIndependent() {
        assertIndependent(i -> SamplingNoise.uniform(3, 4, i), i -> SamplingNoise.uniform(3, 4, i + 1));
        assertIndependent(i -> SamplingNoise.uniform(3, i, 4), i -> SamplingNoise.uniform(3, i + 1, 4));
        assertIndependent(i -> SamplingNoise.uniform(i, 3, 4), i -> SamplingNoise.uniform(i + 1, 3, 4));
        assertIndependent(i -> SamplingNoise.uniform(i, 3, 4), i -> SamplingNoise.uniform(3, i, 4));
        assertIndependent(i -> SamplingNoise.uniform(3, i, 4), i -> SamplingNoise.uniform(3, 4, i));
    }

    @Test
    void smallNumbersAreFinerThanAMultipleOfTheSmallestStepBelowOne() {
        int small = 0;
        int coarse = 0;
        for (int token = 0; token < 4_000_000; token++) {
            float uniform = SamplingNoise.uniform(5, 0, token);
            if (uniform < 0x1p-12f) {
                small++;
                coarse += uniform * 0x1p24f == Math.rint(uniform * 0x1p24f) ? 1 : 0;
            }
        }
        assertThat(small).isBetween(800, 1200);
        assertThat(coarse).isLessThan(5);
    }

    @Test
    void exponentialNumbersHaveMeanOneAndAreNoSmallerThanTheirUniformOnes() {
        double sum = 0;
        for (int token = 0; token < DRAWS; token++) {
            float uniform = SamplingNoise.uniform(6, 0, token);
            float exponential = SamplingNoise.exponential(uniform);
            assertThat(exponential).isGreaterThanOrEqualTo(uniform).isFinite();
            sum += exponential;
        }
        assertThat(sum / DRAWS).isCloseTo(1, within(0.02));
    }

    private interface Numbers {
        float at(int i);
    }

    /** Chi-square of pairs over 10 by 10 cells, within six standard deviations of its mean. */
    private static void assertIndependent(Numbers first, Numbers second) {
        int[] counts = new int[100];
        for (int i = 1000; i < 1000 + DRAWS; i++) {
            counts[10 * (int) (10 * first.at(i)) + (int) (10 * second.at(i))]++;
        }
        double square = 0;
        for (int count : counts) {
            square += (count - DRAWS / 100.0) * (count - DRAWS / 100.0) / (DRAWS / 100.0);
        }
        assertThat(square).isLessThan(99 + 6 * Math.sqrt(2 * 99));
    }
}
