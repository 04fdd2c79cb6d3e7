package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds the radix select to filters that sort. */
class TokenFilterTest {
    /** A border may fall on either side of a token whose share of the probability is nearer to it. */
    private static final double ROUNDING = 2e-5;

    private final Random random = new Random(3);
    private final TokenFilter filter = new TokenFilter();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 31, 1000, 1001, 32_001, 200_000})
    void theLowestThatStaysIsTheSortedOnes(int vocabulary) {
        int rounds = vocabulary > 30_000 ? 8 : 200;
        for (int round = 0; round < rounds; round++) {
            float[] logits = logits(round % 6, vocabulary);
            float temperature = new float[] {1, 0.3f, 0.7f, 1.5f, 20}[random.nextInt(5)];
            int topK = random.nextInt(3) == 0 ? -1 : 1 + random.nextInt(random.nextBoolean() ? vocabulary + 3 : Math.min(vocabulary, 50));
            float topP = random.nextInt(3) == 0 ? 1 : 1 - random.nextFloat();
            float minP = random.nextInt(3) == 0 ? random.nextFloat() : 0;
            double actual = lowest(logits, temperature, topK, topP, minP);
            double least = new SamplingOracle(temperature, topK, topP * (1 + ROUNDING), minP * (1 - ROUNDING)).lowest(logits);
            double most = new SamplingOracle(temperature, topK, topP * (1 - ROUNDING), minP * (1 + ROUNDING)).lowest(logits);
            assertThat(actual).as("V %d, kind %d, temperature %s, top k %d, top p %s, min p %s", vocabulary, round % 6, temperature, topK, topP, minP)
                    .isBetween(least, most);
        }
    }

    /** Computed with Hugging Face's TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper and MinPLogitsWarper. */
    @ParameterizedTest
    @CsvSource({"1, 3, 1, 0, 3 4 7", "1, -1, 0.5, 0, 3 7", "1, -1, 0.8, 0, 3 4 7", "1, -1, 0.95, 0, 0 3 4 7", "0.7, -1, 0.9, 0, 3 4 7", "1, -1, 1, 0.2, 0 3 4 7",
            "2, -1, 1, 0.2, 0 3 4 6 7", "1.5, 4, 0.7, 0.3, 3 4 7", "0.5, 5, 0.99, 0.05, 3 4 7", "1, -1, 0.01, 0, 3", "3, 6, 0.9, 0.25, 0 3 4 6 7"})
    void whatStaysIsWhatHuggingFaceKeeps(float temperature, int topK, float topP, float minP, String kept) {
        float[] logits = {2.5f, -1.25f, 0, 4, 3.5f, -6, 1, 3.9f};
        double lowest = lowest(logits, temperature, topK, topP, minP);
        assertThat(IntStream.range(0, logits.length).filter(i -> logits[i] >= lowest)).containsExactly(
                Arrays.stream(kept.split(" ")).map(Integer::valueOf).toArray(Integer[]::new));
    }

    @Test
    void equalsOfTheLastStayToo() {
        float[] logits = {1, 3, 2, 3, 2, 2, 0};
        assertThat(lowest(logits, 1, 1, 1, 0)).isEqualTo(3);
        assertThat(lowest(logits, 1, 3, 1, 0)).isEqualTo(2);
        assertThat(lowest(logits, 1, -1, 0.7f, 0)).isEqualTo(2);
    }

    @Test
    void fewerNumbersThanTopKAllStay() {
        float nan = Float.NaN;
        float low = Float.NEGATIVE_INFINITY;
        assertThat(lowest(new float[] {nan, 5, low, -3, 4, low, nan, -2}, 1, 6, 1, 0)).isEqualTo(-3);
        assertThat(lowest(new float[] {nan, 5, low, -3, 4, low, nan, -2}, 1, 6, 0.9999f, 0)).isEqualTo(-3);
    }

    @Test
    void zerosOfEitherSignAreEqual() {
        assertThat(lowest(new float[] {-0f, 0, -1}, 1, 1, 1, 0)).isEqualTo(-0.0);
        assertThat(lowest(new float[] {0, -0f, -0f, -1}, 1, 2, 0.5f, 0)).isEqualTo(-0.0);
    }

    /** The lowest logit that the filter leaves. */
    private double lowest(float[] logits, float temperature, int topK, float topP, float minP) {
        int n = logits.length;
        float[] row = Arrays.copyOf(logits, 2 * n);
        float top = logits[Logits.argmax(logits, n)];
        Logits.weigh(new ScalarLanes(), row, n, top, temperature);
        float border = filter.lowest(row, n, top, temperature, topK, topP, minP);
        return IntStream.range(0, n).mapToDouble(i -> logits[i]).filter(x -> x >= border).min().orElseThrow();
    }

    private float[] logits(int kind, int vocabulary) {
        float[] logits = new float[vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            logits[i] = switch (kind) {
                case 0 -> 3 * (float) random.nextGaussian();
                case 1 -> random.nextInt(6) - 3;
                case 2 -> random.nextInt(3) == 0 ? Float.NaN : (float) random.nextGaussian();
                case 3 -> i % 5 != 0 ? Float.NEGATIVE_INFINITY : 10 * (float) random.nextGaussian();
                case 4 -> 7.25f;
                default -> i == vocabulary / 2 ? 30 : 1e-3f * (float) random.nextGaussian();
            };
        }
        logits[random.nextInt(vocabulary)] = 1.5f;
        return logits;
    }
}
