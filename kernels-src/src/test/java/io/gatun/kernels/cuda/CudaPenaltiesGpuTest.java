package io.gatun.kernels.cuda;

import static io.gatun.kernels.SamplingKernels.IN_PROMPT;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.PenaltyBatch;
import io.gatun.kernels.SamplingKernels.Counting;
import io.gatun.kernels.cuda.Twins.Twin;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds penalties, biases and counts to the CPU's. */
class CudaPenaltiesGpuTest {
    private static final int ROWS = 5;
    private static final int SLOTS = 3;

    @TempDir
    static Path cubins;
    private final Random random = new Random(29);
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

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 1000, 1001, 128_256})
    void penalizedLogitsAreTheCpus(int vocabulary) {
        var counts = twins.ints(IntStream.range(0, SLOTS * vocabulary)
                .map(i -> random.nextInt(3) == 0 ? random.nextInt(4) + random.nextInt(2) * IN_PROMPT : 0).toArray(), SLOTS, vocabulary);
        var slots = twins.ints(2, -1, 0, 1, -1);
        var repetition = twins.floats(new float[] {1.3f, 9, 0.7f, 1, 1}, ROWS);
        var frequency = twins.floats(new float[] {0.5f, 9, -0.25f, 0, 1}, ROWS);
        var presence = twins.floats(new float[] {0.25f, 9, 1.5f, -2, 1}, ROWS);
        int last = vocabulary - 1;
        int[] ids = IntStream.concat(IntStream.of(0, last, last / 2, last, last), IntStream.range(0, 700).map(i -> i % vocabulary)).toArray();
        float[] biases = new float[ids.length];
        for (int i = 0; i < biases.length; i++) {
            biases[i] = i == 2 ? Float.NEGATIVE_INFINITY : 0.25f * random.nextInt(9);
        }
        var biasIds = twins.ints(ids);
        var biasValues = twins.floats(biases, biases.length);
        var starts = twins.ints(0, 2, 3, 3, 5, ids.length);
        var noBias = twins.ints(0, 0, 0, 0, 0, 0);
        Function<Function<Twin, Tensor>, PenaltyBatch> all = side -> new PenaltyBatch(side.apply(counts), side.apply(slots), side.apply(repetition),
                side.apply(frequency), side.apply(presence), side.apply(starts), side.apply(biasIds), side.apply(biasValues));
        Function<Function<Twin, Tensor>, PenaltyBatch> unbiased = side -> new PenaltyBatch(side.apply(counts), side.apply(slots), side.apply(repetition),
                side.apply(frequency), side.apply(presence), side.apply(noBias), side.apply(biasIds.narrowRows(0, 0)), side.apply(biasValues.narrowRows(0, 0)));
        assertAgree(vocabulary, all);
        assertAgree(vocabulary, unbiased);
    }

    private void assertAgree(int vocabulary, Function<Function<Twin, Tensor>, PenaltyBatch> batch) {
        var logits = twins.random(DType.F32, 3, ROWS, vocabulary);
        var out = twins.empty(DType.F32, 1, ROWS, vocabulary);
        sampling.penalize(logits.gpu(), batch.apply(Twin::gpu), out.gpu());
        twins.reference.sampling().penalize(logits.cpu(), batch.apply(Twin::cpu), out.cpu());
        Twins.assertTwins(out, Twins.rounding(DType.F32));
        Twins.assertTwins(logits, 0);
        sampling.penalize(logits.gpu(), batch.apply(Twin::gpu), logits.gpu());
        twins.reference.sampling().penalize(logits.cpu(), batch.apply(Twin::cpu), logits.cpu());
        Twins.assertTwins(logits, Twins.rounding(DType.F32));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 1001})
    void countsAreTheCpus(int vocabulary) {
        var counts = twins.ints(new int[SLOTS * vocabulary], SLOTS, vocabulary);
        for (var what : new Counting[] {Counting.GENERATED, Counting.PROMPT, Counting.GENERATED}) {
            for (int tokens : new int[] {0, 1, 255, 257, 5000}) {
                var slots = twins.ints(IntStream.range(0, tokens + 1).map(i -> random.nextInt(SLOTS + 1) - 1).toArray()).narrowRows(0, tokens);
                var ids = twins.ints(IntStream.range(0, tokens + 1).map(i -> random.nextInt(vocabulary)).toArray()).narrowRows(0, tokens);
                sampling.count(counts.gpu(), slots.gpu(), ids.gpu(), what);
                twins.reference.sampling().count(counts.cpu(), slots.cpu(), ids.cpu(), what);
                assertThat(counts.gpu().toInts()).isEqualTo(counts.cpu().toInts());
            }
        }
    }
}
