package io.gatun.kernels.cpu;

import static io.gatun.kernels.SamplingKernels.IN_PROMPT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.PenaltyBatch;
import io.gatun.kernels.SamplingKernels;
import io.gatun.kernels.SamplingKernels.Counting;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuPenaltiesTest {
    private final Fixture fixture = new Fixture();
    private final CpuKernels kernels = new CpuKernels(fixture.device, 2);
    private final SamplingKernels sampling = kernels.sampling();
    private final Tensor noBiasIds = fixture.emptyInts(0);
    private final Tensor noBiasValues = fixture.empty(DType.F32, 0);

    @AfterEach
    void close() {
        kernels.close();
        fixture.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 1001, 128_256})
    void logitsArePenalizedByTheFormula(int vocabulary) {
        int rows = 5;
        int[] slots = {2, -1, 0, 1, -1};
        float[] repetition = {1.3f, 9, 0.7f, 1, 1};
        float[] frequency = {0.5f, 9, -0.25f, 0, 1};
        float[] presence = {0.25f, 9, 1.5f, -2, 1};
        int[] occurrences = IntStream.range(0, 3 * vocabulary).map(i -> fixture.randomInt(3) == 0 ? fixture.randomInt(4) + fixture.randomInt(2) * IN_PROMPT : 0)
                .toArray();
        var counts = fixture.emptyInts(3, vocabulary).copyFrom(occurrences);
        int last = vocabulary - 1;
        var batch = new PenaltyBatch(counts, fixture.ints(slots), floats(repetition), floats(frequency), floats(presence), fixture.ints(0, 2, 3, 3, 5, 5),
                fixture.ints(0, last, last / 2, last, last), floats(-3, 2, Float.NEGATIVE_INFINITY, 4, 0.5f));
        var logits = fixture.randomWithGaps(DType.F32, rows, vocabulary, 3);
        double[] expected = new double[rows * vocabulary];
        float[] before = logits.toFloats();
        for (int i = 0; i < expected.length; i++) {
            int b = i / vocabulary;
            int count = slots[b] < 0 ? 0 : occurrences[slots[b] * vocabulary + i % vocabulary];
            int generated = count % IN_PROMPT;
            double x = before[i];
            expected[i] = (count == 0 ? x : x > 0 ? x / repetition[b] : x * repetition[b]) - frequency[b] * (count == 0 ? 0 : generated)
                    - (generated > 0 ? presence[b] : 0);
        }
        expected[0] -= 3;
        expected[last] += 2;
        expected[vocabulary + last / 2] = -Float.MAX_VALUE;
        expected[3 * vocabulary + last] += 4.5;
        var out = fixture.emptyWithGaps(DType.F32, rows, vocabulary, 1);
        sampling.penalize(logits, batch, out);
        assertThat(out.toFloats()[vocabulary + last / 2]).isEqualTo(Float.NEGATIVE_INFINITY);
        float[] after = out.toFloats();
        after[vocabulary + last / 2] = -Float.MAX_VALUE;
        Fixture.assertClose(fixture.empty(DType.F32, after.length).copyFrom(after), expected, 1e-6);
        assertThat(logits.toFloats()).isEqualTo(before);

        float[] elsewhere = out.toFloats();
        sampling.penalize(logits, batch, logits);
        assertThat(logits.toFloats()).isEqualTo(elsewhere);
    }

    /** Computed with Hugging Face's RepetitionPenaltyLogitsProcessor for the ids 0, 1, 2, 3, 3. */
    @Test
    void theRepetitionPenaltyIsHuggingFaces() {
        var counts = fixture.emptyInts(2, 8).copyFrom(new int[16]);
        sampling.count(counts, fixture.ints(0, 0, 1, 1), fixture.ints(0, 1, 0, 1), Counting.PROMPT);
        sampling.count(counts, fixture.ints(0, 0, 0, 1, 1, 1), fixture.ints(2, 3, 3, 2, 3, 3), Counting.GENERATED);
        float[] row = {2.5f, -1.25f, 0, 4, 3.5f, -6, 1, 3.9f};
        var logits = fixture.empty(DType.F32, 2, 8);
        logits.narrowRows(0, 1).copyFrom(row);
        logits.narrowRows(1, 1).copyFrom(row);
        sampling.penalize(logits, new PenaltyBatch(counts, fixture.ints(0, 1), floats(1.3f, 0.8f), floats(0, 0), floats(0, 0), fixture.ints(0, 0, 0),
                noBiasIds, noBiasValues), logits);
        assertThat(logits.toFloats()).containsExactly(1.923077f, -1.625f, 0, 3.0769231f, 3.5f, -6, 1, 3.9f, 3.125f, -1, 0, 5, 3.5f, -6, 1, 3.9f);
    }

    @Test
    void tokensAreCountedWhereTheirSlotIs() {
        var counts = fixture.emptyInts(3, 4).copyFrom(new int[12]);
        sampling.count(counts, fixture.ints(0, 2, 0, -1, 0), fixture.ints(1, 3, 1, 2, 0), Counting.GENERATED);
        assertThat(counts.toInts()).containsExactly(1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
        sampling.count(counts, fixture.ints(0, 0, 2), fixture.ints(1, 1, 0), Counting.PROMPT);
        sampling.count(counts, fixture.ints(0), fixture.ints(1), Counting.GENERATED);
        assertThat(counts.toInts()).containsExactly(1, IN_PROMPT + 3, 0, 0, 0, 0, 0, 0, IN_PROMPT, 0, 0, 1);
    }

    @Test
    void aTokenOutsideTheVocabularyIsNamed() {
        var counts = fixture.emptyInts(1, 4).copyFrom(0, 0, 0, 0);
        assertThatThrownBy(() -> sampling.count(counts, fixture.ints(0), fixture.ints(4), Counting.GENERATED)).hasMessage("count: token 4 is not in [0, 4)");
        var one = floats(1);
        var batch = new PenaltyBatch(counts, fixture.ints(-1), one, one, one, fixture.ints(0, 1), fixture.ints(-5), one);
        var logits = fixture.random(DType.F32, 1, 4);
        assertThatThrownBy(() -> sampling.penalize(logits, batch, logits)).hasMessage("penalize: biased token -5 is not in [0, 4)");
    }

    @Test
    void countsOfAnotherVocabularyAreRefused() {
        var one = floats(1);
        var batch = new PenaltyBatch(fixture.emptyInts(1, 5), fixture.ints(0), one, one, one, fixture.ints(0, 0), noBiasIds, noBiasValues);
        var logits = fixture.random(DType.F32, 1, 4);
        assertThatThrownBy(() -> sampling.penalize(logits, batch, logits)).hasMessageContaining("counts is").hasMessageContaining("must have 4 columns");
    }

    private Tensor floats(float... values) {
        return fixture.arena.allocate(DType.F32, values.length).copyFrom(Arrays.copyOf(values, values.length));
    }
}
