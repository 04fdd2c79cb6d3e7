package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.SamplingBatch;
import io.gatun.kernels.cuda.Twins.Twin;
import io.gatun.memory.DType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Holds draws to the CPU's, token for token. Two scores lie within rounding of each other, or a token of some probability within rounding of a filter's
 * border, about once in a million draws.
 */
class CudaSamplingGpuTest {
    private static final int ROWS = 64;
    private static final int LARGE = 128_256;

    @TempDir
    static Path cubins;
    private final Random random = new Random(23);
    private Twins twins;
    private CudaSampling sampling;

    /** One row's parameters. */
    private record Params(float temperature, int topK, float topP, float minP, long seed, int step) {
    }

    private interface Logits {
        float at(int row, int token);
    }

    @BeforeEach
    void open() {
        twins = Twins.open(cubins);
        sampling = new CudaSampling(twins.launcher);
    }

    @AfterEach
    void close() {
        if (twins != null) {
            twins.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 1000, 1001, LARGE})
    void drawsAreTheCpus(int vocabulary) {
        for (int spread = 1; spread <= 4; spread++) {
            int scale = spread;
            assertDrawsAgree(logits(vocabulary, (row, token) -> scale * (float) random.nextGaussian()), anyParams(vocabulary));
        }
        assertDrawsAgree(logits(vocabulary, (row, token) -> 0.5f * random.nextInt(20)), anyParams(vocabulary));
        assertDrawsAgree(logits(vocabulary, (row, token) -> token == 0 ? 1 : switch (random.nextInt(4)) {
            case 0 -> Float.NaN;
            case 1 -> Float.NEGATIVE_INFINITY;
            default -> 2 * (float) random.nextGaussian();
        }), anyParams(vocabulary));
    }

    /** With all logits near the greatest there are more candidates than shared memory holds. */
    @Test
    void flatLogitsAreSearchedWhereTheyLie() {
        var flat = logits(LARGE, (row, token) -> 0.1f * (float) random.nextGaussian());
        assertDrawsAgree(flat, params(1, 5000, 1, 0));
        assertDrawsAgree(flat, params(0.8f, -1, 0.3f, 0));
        assertDrawsAgree(flat, params(2, 100_000, 0.95f, 0.9f));
        assertDrawsAgree(logits(LARGE, (row, token) -> 2.5f), params(1, 50, 0.5f, 0.5f));
    }

    /** One token far above the others, of which the filters keep some. */
    @Test
    void filtersThatReachFarBelowTheGreatestAreSearchedInTheWholeRow() {
        var peaked = logits(LARGE, (row, token) -> token == 77 * row ? 40 : (float) random.nextGaussian());
        assertDrawsAgree(peaked, params(1, 50, 1, 0));
        assertDrawsAgree(peaked, params(20, 50, 0.9f, 0));
        assertDrawsAgree(peaked, params(1.5f, -1, 1, 1e-15f));
        var tail = logits(LARGE, (row, token) -> token == 77 * row ? 10 : -7 + 0.25f * random.nextInt(3));
        assertDrawsAgree(tail, params(1, -1, 0.999f, 0));
        assertDrawsAgree(tail, params(1, 70_000, 0.9999f, 0));
    }

    /** As many candidates as there is room for, one less and one more. */
    @ParameterizedTest
    @ValueSource(ints = {4095, 4096, 4097})
    void candidatesFillTheirRoom(int candidates) {
        var logits = logits(LARGE, (row, token) -> token % 31 == row % 31 && token / 31 < candidates ? random.nextInt(12) : -60 - random.nextInt(5));
        assertDrawsAgree(logits, params(1, 40, 1, 0));
        assertDrawsAgree(logits, params(1, candidates, 0.9f, 0));
        assertDrawsAgree(logits, params(1, candidates + 1, 1, 0));
        assertDrawsAgree(logits, params(1, -1, 1, 0.001f));
    }

    @Test
    void aRowsDrawIsTheSameAloneAndAmongOthers() {
        for (int vocabulary : new int[] {1001, LARGE}) {
            var logits = logits(vocabulary, (row, token) -> 2 * (float) random.nextGaussian());
            var params = anyParams(vocabulary);
            int[] together = draw(logits, params);
            for (int b = 0; b < ROWS; b += 7) {
                assertThat(draw(logits.narrowRows(b, 1), params[b])).as("row %d of %d tokens", b, vocabulary).containsExactly(together[b]);
            }
        }
        var one = logits(5003, (row, token) -> (float) random.nextGaussian()).narrowRows(3, 1);
        float[] row = one.cpu().toFloats();
        float[] others = new float[256 * row.length];
        for (int i = 0; i < others.length; i++) {
            others[i] = i / row.length % 5 == 2 ? row[i % row.length] : (float) random.nextGaussian();
        }
        var params = new Params(0.9f, 300, 0.95f, 0.001f, -5, 3);
        int alone = draw(one, params)[0];
        int[] ids = draw(twins.floats(others, 256, row.length), IntStream.range(0, 256)
                .mapToObj(b -> b % 5 == 2 ? params : new Params(1, -1, 1, 0, b, b)).toArray(Params[]::new));
        assertThat(IntStream.range(0, 256).filter(b -> b % 5 == 2).map(b -> ids[b])).containsOnly(alone);
    }

    @Test
    void rowsWithNothingToDrawGiveTheCpusToken() {
        float nan = Float.NaN;
        float low = Float.NEGATIVE_INFINITY;
        float high = Float.POSITIVE_INFINITY;
        float[] rows = {nan, nan, nan, nan, low, low, low, low, nan, low, nan, low, 1, high, nan, high, low, nan, low, -1e38f, -3e38f, 3e38f, 3e38f, 0};
        var logits = twins.floats(rows, 6, 4);
        for (var params : new Params[] {new Params(1, 2, 0.5f, 0.1f, 4, 5), new Params(1, -1, 1, 0, 4, 5), new Params(0, 0, 1, 0, 4, 5)}) {
            assertDrawsAgree(logits, IntStream.range(0, 6).mapToObj(b -> params).toArray(Params[]::new));
        }
    }

    private void assertDrawsAgree(Twin logits, Params... params) {
        int[] ids = draw(logits, params);
        var out = twins.ints(new int[params.length]);
        twins.reference.sampling().sample(logits.cpu(), batch(params)[1], out.cpu());
        int[] expected = out.cpu().toInts();
        for (int b = 0; b < params.length; b++) {
            assertThat(ids[b]).as("row %d of %s with %s", b, logits.gpu(), params[b]).isEqualTo(expected[b]);
        }
    }

    /** What the GPU draws, and nothing else is written. */
    private int[] draw(Twin logits, Params... params) {
        int n = params.length;
        var out = twins.ints(IntStream.generate(() -> -1).limit(n + 2).toArray());
        sampling.sample(logits.gpu(), batch(params)[0], out.gpu().narrowRows(1, n));
        int[] ids = out.gpu().toInts();
        assertThat(new int[] {ids[0], ids[n + 1]}).containsOnly(-1);
        return Arrays.copyOfRange(ids, 1, n + 1);
    }

    /** The same parameters on the GPU and on the CPU. */
    private SamplingBatch[] batch(Params... params) {
        int n = params.length;
        float[] floats = new float[3 * n];
        int[] topK = new int[n];
        int[] steps = new int[n];
        int[] seeds = new int[2 * n];
        for (int b = 0; b < n; b++) {
            floats[b] = params[b].temperature;
            floats[n + b] = params[b].topP;
            floats[2 * n + b] = params[b].minP;
            topK[b] = params[b].topK;
            steps[b] = params[b].step;
            seeds[2 * b] = (int) params[b].seed;
            seeds[2 * b + 1] = (int) (params[b].seed >>> Integer.SIZE);
        }
        var f = twins.floats(floats, 3, n);
        Twin[] row = {f.narrowRows(0, 1), f.narrowRows(1, 1), f.narrowRows(2, 1)};
        Twin k = twins.ints(topK);
        Twin s = twins.ints(steps);
        Twin wide = twins.ints(seeds);
        return new SamplingBatch[] {new SamplingBatch(row[0].gpu(), k.gpu(), row[1].gpu(), row[2].gpu(), wide.gpu().as(DType.I64), s.gpu()),
                new SamplingBatch(row[0].cpu(), k.cpu(), row[1].cpu(), row[2].cpu(), wide.cpu().as(DType.I64), s.cpu())};
    }

    /** Rows with three columns on either side that hold what would be drawn if they were read. */
    private Twin logits(int vocabulary, Logits logits) {
        int width = vocabulary + 6;
        float[] values = new float[ROWS * width];
        Arrays.fill(values, 1e30f);
        for (int b = 0; b < ROWS; b++) {
            for (int token = 0; token < vocabulary; token++) {
                values[b * width + 3 + token] = logits.at(b, token);
            }
        }
        return twins.floats(values, ROWS, width).narrowCols(3, vocabulary);
    }

    private Params[] params(float temperature, int topK, float topP, float minP) {
        return IntStream.range(0, ROWS).mapToObj(b -> new Params(temperature, topK, topP, minP, random.nextLong(), b)).toArray(Params[]::new);
    }

    private Params[] anyParams(int vocabulary) {
        float[] temperatures = {0, 0.3f, 0.7f, 1, 1.5f, 8};
        int[] topKs = {-1, 0, 1, 5, 40, vocabulary - 1, vocabulary};
        float[] topPs = {1, 1, 0.1f, 0.5f, 0.9f, 0.999f};
        float[] minPs = {0, 0, 0.01f, 0.3f};
        return IntStream.range(0, ROWS).mapToObj(b -> new Params(temperatures[random.nextInt(6)], topKs[random.nextInt(7)], topPs[random.nextInt(6)],
                minPs[random.nextInt(4)], random.nextLong(), random.nextInt(5000))).toArray(Params[]::new);
    }
}
