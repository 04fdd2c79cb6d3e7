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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Draws of the GPU held to the CPU's over many combinations of filters, on rows from flat to peaked. */
class CudaSamplingSweepGpuTest {
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

    private static int[] filled(int count, int value, int[] values) {
        Arrays.fill(values, value);
        return values;
    }
}
