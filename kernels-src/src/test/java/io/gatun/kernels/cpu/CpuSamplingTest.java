package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.SamplingBatch;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Draws: their distribution, what is never drawn, and that a row's draw is its own. */
class CpuSamplingTest {
    private static final float NAN = Float.NaN;
    private static final float LOW = Float.NEGATIVE_INFINITY;

    private final Fixture fixture = new Fixture();
    private final CpuKernels kernels = new CpuKernels(fixture.device, 2);

    /** One row's parameters. */
    private record Params(float temperature, int topK, float topP, float minP, long seed, int step) {
        Params at(long seed, int step) {
            return new Params(temperature, topK, topP, minP, seed, step);
        }

        static Params temperature(float temperature) {
            return new Params(temperature, -1, 1, 0, 1, 0);
        }
    }

    @AfterEach
    void close() {
        kernels.close();
        fixture.close();
    }

    @ParameterizedTest
    @CsvSource({"1, -1, 1, 0", "0.5, -1, 1, 0", "1.7, 12, 1, 0", "1, -1, 0.8, 0", "1, -1, 1, 0.1", "1.3, 20, 0.9, 0.05"})
    void drawsFollowTheFilteredDistribution(float temperature, int topK, float topP, float minP) {
        int vocabulary = 50;
        int rows = 500;
        int batches = 40;
        var random = new Random(11);
        float[] logits = new float[vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            logits[i] = i % 11 == 3 ? LOW : i % 11 == 4 ? NAN : 2 * (float) random.nextGaussian();
        }
        var params = new Params(temperature, topK, topP, minP, 0, 0);
        int[] counts = new int[vocabulary];
        for (int batch = 0; batch < batches; batch++) {
            long seed = batch - 3;
            Params[] all = IntStream.range(0, rows).mapToObj(step -> params.at(seed, step)).toArray(Params[]::new);
            for (int id : sample(repeated(logits, rows), all)) {
                counts[id]++;
            }
        }
        assertFollows(counts, new SamplingOracle(temperature, topK, topP, minP).probabilities(logits));
    }

    @Test
    void drawsFromALargeFlatVocabularyAreUniform() {
        int vocabulary = 100_001;
        int[] counts = new int[20];
        float[] flat = new float[vocabulary];
        for (int batch = 0; batch < 40; batch++) {
            int first = 20 * batch;
            Params[] params = IntStream.range(first, first + 20).mapToObj(step -> Params.temperature(0.8f).at(99, step)).toArray(Params[]::new);
            for (int id : sample(repeated(flat, 20), params)) {
                counts[(int) (20L * id / vocabulary)]++;
            }
        }
        double[] even = new double[20];
        Arrays.fill(even, 1 / 20.0);
        assertFollows(counts, even);
    }

    @Test
    void aRowsDrawIsTheSameWhateverStandsBesideIt() {
        int vocabulary = 5003;
        var logits = fixture.randomWithGaps(DType.F32, 64, vocabulary, 5);
        Params[] params = IntStream.range(0, 64)
                .mapToObj(b -> new Params(b % 7 == 0 ? 0 : 0.5f + b % 3, b % 4 * 30, b % 3 == 0 ? 0.9f : 1, b % 5 == 0 ? 0.02f : 0, 7L * b, b)).toArray(Params[]::new);
        int[] together = sample(logits, params);
        assertThat(Arrays.stream(together).distinct().count()).isGreaterThan(40);
        try (var single = new CpuKernels(fixture.device, 1)) {
            var out = fixture.emptyInts(1);
            for (int b = 0; b < 64; b++) {
                single.sampling().sample(logits.narrowRows(b, 1), batch(params[b]), out);
                assertThat(out.toInts()).as("row %d", b).containsExactly(together[b]);
            }
        }
        int[] backwards = sample(fixture.empty(DType.F32, 64, vocabulary).copyFrom(reversed(logits)),
                IntStream.range(0, 64).mapToObj(b -> params[63 - b]).toArray(Params[]::new));
        assertThat(IntStream.range(0, 64).map(b -> backwards[63 - b])).containsExactly(Arrays.stream(together).boxed().toArray(Integer[]::new));
    }

    @Test
    void seedsAndStepsGiveOtherDraws() {
        float[] flat = new float[1000];
        Params[] params = IntStream.range(0, 200).mapToObj(i -> Params.temperature(1).at(i % 2 == 0 ? i : 5, i % 2 == 0 ? 5 : i)).toArray(Params[]::new);
        assertThat(Arrays.stream(sample(repeated(flat, 200), params)).distinct().count()).isGreaterThan(150);
    }

    @Test
    void temperatureZeroTakesTheLikeliestAmongRowsThatDraw() {
        var logits = fixture.random(DType.F32, 40, 301);
        var likeliest = fixture.emptyInts(40);
        kernels.sampling().argmax(logits, likeliest);
        int[] drawn = sample(logits, IntStream.range(0, 40).mapToObj(b -> Params.temperature(b % 2 == 0 ? 0 : 1)).toArray(Params[]::new));
        int differing = 0;
        for (int b = 0; b < 40; b++) {
            if (b % 2 == 0) {
                assertThat(drawn[b]).isEqualTo(likeliest.toInts()[b]);
            } else {
                differing += drawn[b] == likeliest.toInts()[b] ? 0 : 1;
            }
        }
        assertThat(differing).isGreaterThan(10);
    }

    @Test
    void theNarrowestFiltersLeaveTheLikeliest() {
        var logits = fixture.random(DType.F32, 4, 301);
        var likeliest = fixture.emptyInts(4);
        kernels.sampling().argmax(logits, likeliest);
        int[] drawn = sample(logits, new Params(5, 1, 1, 0, 1, 1), new Params(5, -1, 1e-6f, 0, 2, 2), new Params(5, -1, 1, 1, 3, 3),
                new Params(1e-6f, -1, 1, 0, 4, 4));
        assertThat(drawn).isEqualTo(likeliest.toInts());
    }

    @Test
    void whatIsNoNumberAboveNegativeInfinityIsNeverDrawn() {
        float[] forbidden = {NAN, 1, LOW, 2, NAN, LOW, 1.5f};
        for (int step = 0; step < 300; step++) {
            int id = sample(repeated(forbidden, 1), new Params(100, step % 8, step % 3 == 0 ? 0.99f : 1, 0, 8, step))[0];
            assertThat(id).isIn(1, 3, 6);
        }
    }

    @Test
    void rowsWithNothingToDrawGiveTheirArgmax() {
        float high = Float.POSITIVE_INFINITY;
        var logits = fixture.empty(DType.F32, 5, 4).copyFrom(
                NAN, NAN, NAN, NAN,
                LOW, LOW, LOW, LOW,
                NAN, LOW, NAN, LOW,
                1, high, NAN, high,
                LOW, NAN, LOW, -1e38f);
        Params[] params = IntStream.range(0, 5).mapToObj(b -> new Params(1, 2, 0.5f, 0.1f, b, b)).toArray(Params[]::new);
        assertThat(sample(logits, params)).containsExactly(0, 0, 1, 1, 3);
    }

    @Test
    void aVocabularyOfOneIsDrawnAlways() {
        assertThat(sample(fixture.random(DType.F32, 3, 1), Params.temperature(1), Params.temperature(0), new Params(2, 1, 0.1f, 0.9f, 4, 4))).containsOnly(0);
    }

    private int[] sample(Tensor logits, Params... params) {
        var out = fixture.ints(IntStream.generate(() -> -1).limit(params.length).toArray());
        kernels.sampling().sample(logits, batch(params), out);
        return out.toInts();
    }

    private SamplingBatch batch(Params... params) {
        int n = params.length;
        float[] floats = new float[3 * n];
        int[] ints = new int[4 * n];
        for (int b = 0; b < n; b++) {
            floats[b] = params[b].temperature;
            floats[n + b] = params[b].topP;
            floats[2 * n + b] = params[b].minP;
            ints[b] = params[b].topK;
            ints[n + b] = params[b].step;
            ints[2 * n + 2 * b] = (int) params[b].seed;
            ints[2 * n + 2 * b + 1] = (int) (params[b].seed >>> Integer.SIZE);
        }
        var f = fixture.arena.allocate(DType.F32, 3L * n).copyFrom(floats);
        var i = fixture.ints(ints);
        return new SamplingBatch(f.narrowRows(0, n), i.narrowRows(0, n), f.narrowRows(n, n), f.narrowRows(2L * n, n), i.narrowRows(2L * n, 2L * n).as(DType.I64),
                i.narrowRows(n, n));
    }

    private Tensor repeated(float[] row, int rows) {
        float[] values = new float[rows * row.length];
        for (int b = 0; b < rows; b++) {
            System.arraycopy(row, 0, values, b * row.length, row.length);
        }
        return fixture.arena.allocate(DType.F32, rows, row.length).copyFrom(values);
    }

    private static float[] reversed(Tensor logits) {
        float[] values = logits.toFloats();
        float[] reversed = new float[values.length];
        int n = logits.cols();
        for (int b = 0; b < logits.rows(); b++) {
            System.arraycopy(values, b * n, reversed, (logits.rows() - 1 - b) * n, n);
        }
        return reversed;
    }

    /** Pearson's chi-square within six standard deviations of its mean; tokens expected less than five times count as one. */
    private static void assertFollows(int[] counts, double[] probabilities) {
        double draws = Arrays.stream(counts).sum();
        double square = 0;
        double rareExpected = 0;
        int rareCount = 0;
        int cells = 0;
        for (int i = 0; i < counts.length; i++) {
            double expected = draws * probabilities[i];
            if (expected == 0) {
                assertThat(counts[i]).as("draws of token %d, which is filtered out", i).isZero();
            } else if (expected < 5) {
                rareExpected += expected;
                rareCount += counts[i];
            } else {
                square += (counts[i] - expected) * (counts[i] - expected) / expected;
                cells++;
            }
        }
        if (rareExpected > 5) {
            square += (rareCount - rareExpected) * (rareCount - rareExpected) / rareExpected;
            cells++;
        }
        assertThat(square).as("chi-square of %d cells", cells).isLessThan(cells - 1 + 6 * Math.sqrt(2.0 * (cells - 1)));
    }
}
