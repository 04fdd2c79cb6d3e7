package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gatun.kernels.LogitsExpression;
import io.gatun.kernels.PenaltyBatch;
import io.gatun.kernels.SamplingBatch;
import io.gatun.kernels.SamplingKernels.Counting;
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

/** Sampling on the GPU held to the CPU's. */
class CudaSamplingGpuTest {
    @TempDir
    static Path cubins;
    private Twins twins;
    private CudaSampling sampling;

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

    /** Peaked and flat rows, few and many candidates near the top, every filter alone and together. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 31, 1000, 5003, 128_256})
    void drawsAgree(int vocabulary) {
        int rows = 64;
        var random = new Random(vocabulary);
        float[] logits = new float[rows * vocabulary];
        for (int row = 0; row < rows; row++) {
            double scale = new double[] {0.01, 0.5, 2, 6}[row % 4];
            int[] order = shuffled(vocabulary, random);
            for (int i = 0; i < vocabulary; i++) {
                // Distinct values with even gaps, so that no border lies within rounding of a value.
                logits[row * vocabulary + order[i]] = (float) (scale * 8 * (i - vocabulary) / vocabulary);
            }
        }
        var x = twins.floats(logits, rows, vocabulary);
        for (int round = 0; round < 6; round++) {
            float[] temperature = new float[rows];
            int[] topK = new int[rows];
            float[] topP = new float[rows];
            float[] minP = new float[rows];
            for (int row = 0; row < rows; row++) {
                temperature[row] = random.nextInt(8) == 0 ? 0 : 0.3f + random.nextFloat();
                topK[row] = new int[] {-1, 0, 1, 7, 50, 3000, vocabulary, 2 * vocabulary}[random.nextInt(8)];
                topP[row] = random.nextBoolean() ? 1 : 0.05f + 0.94f * random.nextFloat();
                minP[row] = random.nextInt(3) > 0 ? 0 : 0.3f * random.nextFloat();
            }
            int step = round;
            long[] seeds = random.longs(rows).toArray();
            var gpu = batch(true, temperature, topK, topP, minP, seeds, step);
            var cpu = batch(false, temperature, topK, topP, minP, seeds, step);
            var out = twins.ints(new int[rows]);
            sampling.sample(x.gpu(), gpu, out.gpu());
            twins.reference.sampling().sample(x.cpu(), cpu, out.cpu());
            assertMostAgree(out, vocabulary, temperature, topK, topP, minP);
        }
    }

    /** A float rounded otherwise can move top p's border by a token, and exp and log differ in their last bits: a few draws may part. */
    private static void assertMostAgree(Twin out, int vocabulary, float[] temperature, int[] topK, float[] topP, float[] minP) {
        int[] actual = out.gpu().toInts();
        int[] expected = out.cpu().toInts();
        int different = 0;
        var first = "";
        for (int row = 0; row < actual.length; row++) {
            if (actual[row] != expected[row]) {
                different++;
                first = "row " + row + " of " + vocabulary + ": " + actual[row] + " but " + expected[row] + " at temperature " + temperature[row] + ", top k "
                        + topK[row] + ", top p " + topP[row] + ", min p " + minP[row];
                assertThat(temperature[row]).as(first).isPositive();
            }
        }
        assertThat(different).as(first).isLessThanOrEqualTo(2);
    }

    @Test
    void aRowsDrawIsTheSameAloneAndInABatch() {
        int vocabulary = 128_256;
        var x = twins.random(DType.F32, 3, 40, vocabulary);
        float[] temperature = filled(40, 0.8f);
        int[] topK = new int[40];
        Arrays.setAll(topK, i -> i % 2 == 0 ? 40 : -1);
        float[] topP = filled(40, 0.9f);
        long[] seeds = new Random(4).longs(40).toArray();
        var together = twins.ints(new int[40]);
        sampling.sample(x.gpu(), batch(true, temperature, topK, topP, filled(40, 0), seeds, 11), together.gpu());
        int[] ids = together.gpu().toInts();
        for (int row = 0; row < 40; row++) {
            var alone = twins.ints(new int[1]);
            sampling.sample(x.gpu().narrowRows(row, 1), batch(true, filled(1, 0.8f), new int[] {topK[row]}, filled(1, 0.9f), filled(1, 0), new long[] {seeds[row]}, 11),
                    alone.gpu());
            assertThat(alone.gpu().toInts()[0]).isEqualTo(ids[row]);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 1001, 128_256})
    void penaltiesCountsAndBiasAgree(int vocabulary) {
        var random = new Random(2);
        var x = twins.random(DType.F32, 5, 3, vocabulary);
        var out = twins.empty(DType.F32, 5, 3, vocabulary);
        var counts = twins.ints(new int[4 * vocabulary], 4, vocabulary);
        int[] slots = random.ints(500, -1, 4).toArray();
        int[] ids = random.ints(500, 0, vocabulary).toArray();
        for (var what : Counting.values()) {
            var where = twins.ints(slots);
            var which = twins.ints(ids);
            sampling.count(counts.gpu(), where.gpu(), which.gpu(), what);
            twins.reference.sampling().count(counts.cpu(), where.cpu(), which.cpu(), what);
        }
        assertThat(counts.gpu().toInts()).isEqualTo(counts.cpu().toInts());
        var rows = twins.ints(2, -1, 0);
        var repetition = twins.floats(new float[] {1.3f, 1, 0.7f}, 3);
        var frequency = twins.floats(new float[] {0.5f, 1, -1}, 3);
        var presence = twins.floats(new float[] {0.2f, 1, 2}, 3);
        var start = twins.ints(0, 3, 3, 4);
        var biased = twins.ints(vocabulary - 1, 0, 0, vocabulary / 2);
        var bias = twins.floats(new float[] {1.5f, -2, Float.NEGATIVE_INFINITY, 7}, 4);
        sampling.penalize(x.gpu(), new PenaltyBatch(counts.gpu(), rows.gpu(), repetition.gpu(), frequency.gpu(), presence.gpu(), start.gpu(), biased.gpu(),
                bias.gpu()), out.gpu());
        twins.reference.sampling().penalize(x.cpu(), new PenaltyBatch(counts.cpu(), rows.cpu(), repetition.cpu(), frequency.cpu(), presence.cpu(), start.cpu(),
                biased.cpu(), bias.cpu()), out.cpu());
        float[] expected = out.cpu().toFloats();
        float[] actual = out.gpu().toFloats();
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).isEqualTo(expected[i], within(1e-5f * Math.max(1, Math.min(1e6f, Math.abs(expected[i])))));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 1001, 128_256})
    void logprobsAgree(int vocabulary) {
        var x = twins.random(DType.F32, 3, 5, vocabulary);
        var ids = twins.ints(new Random(1).ints(5, 0, vocabulary).toArray());
        var out = twins.empty(DType.F32, 5);
        sampling.logprobs(x.gpu(), ids.gpu(), out.gpu());
        twins.reference.sampling().logprobs(x.cpu(), ids.cpu(), out.cpu());
        Twins.assertTwins(out, 1e-4);
        for (int k : new int[] {1, 20, 128}) {
            var topIds = twins.ints(new int[5 * k], 5, k);
            var values = twins.empty(DType.F32, 5, k);
            sampling.topLogprobs(x.gpu(), k, topIds.gpu(), values.gpu());
            twins.reference.sampling().topLogprobs(x.cpu(), k, topIds.cpu(), values.cpu());
            assertThat(topIds.gpu().toInts()).isEqualTo(topIds.cpu().toInts());
            if (k <= vocabulary) {
                Twins.assertTwins(values, 1e-4);
            }
        }
    }

    @Test
    void expressionsAgreeAndBrokenOnesHarmNothing() {
        var x = twins.random(DType.F32, 2, 3, 1001);
        assertThatThrownBy(() -> sampling.apply(LogitsExpression.of("broken", "x + unknown", (v, id, step) -> v), x.gpu(), 1))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'broken'").hasMessageContaining("unknown");
        var expression = LogitsExpression.of("fine", "id % 2 ? -INFINITY : x * 0.5f + step", (v, id, step) -> id % 2 != 0 ? Float.NEGATIVE_INFINITY : v * 0.5f + step);
        sampling.apply(expression, x.gpu(), 3);
        twins.reference.sampling().apply(expression, x.cpu(), 3);
        assertThat(x.gpu().toFloats()).isEqualTo(x.cpu().toFloats());
    }

    private SamplingBatch batch(boolean onGpu, float[] temperature, int[] topK, float[] topP, float[] minP, long[] seeds, int step) {
        int rows = seeds.length;
        var steps = twins.ints(filled(rows, step, new int[rows]));
        var words = twins.ints(IntStream.range(0, 2 * rows).map(i -> (int) (i % 2 == 0 ? seeds[i / 2] : seeds[i / 2] >>> 32)).toArray());
        var t = twins.floats(temperature, rows);
        var k = twins.ints(topK);
        var p = twins.floats(topP, rows);
        var m = twins.floats(minP, rows);
        return onGpu ? new SamplingBatch(t.gpu(), k.gpu(), p.gpu(), m.gpu(), words.gpu().as(DType.I64), steps.gpu())
                : new SamplingBatch(t.cpu(), k.cpu(), p.cpu(), m.cpu(), words.cpu().as(DType.I64), steps.cpu());
    }

    private static int[] shuffled(int count, Random random) {
        int[] order = IntStream.range(0, count).toArray();
        for (int i = count - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int other = order[i];
            order[i] = order[j];
            order[j] = other;
        }
        return order;
    }

    private static float[] filled(int count, float value) {
        float[] values = new float[count];
        Arrays.fill(values, value);
        return values;
    }

    private static int[] filled(int count, int value, int[] values) {
        Arrays.fill(values, value);
        return values;
    }
}
