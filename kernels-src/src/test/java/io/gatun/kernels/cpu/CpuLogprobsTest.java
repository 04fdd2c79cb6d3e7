package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuLogprobsTest {
    private static final float NAN = Float.NaN;
    private static final float LOW = Float.NEGATIVE_INFINITY;

    private final Fixture fixture = new Fixture();
    private final CpuKernels kernels = new CpuKernels(fixture.device, 2);

    @AfterEach
    void close() {
        kernels.close();
        fixture.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 31, 1000, 1001, 200_000})
    void chosenAndLargestAreThoseOfLogSoftmax(int vocabulary) {
        int rows = vocabulary > 100_000 ? 1 : 5;
        var logits = fixture.randomWithGaps(DType.F32, rows, vocabulary, 3);
        int[] chosen = IntStream.range(0, rows).map(b -> fixture.randomInt(vocabulary)).toArray();
        var out = fixture.empty(DType.F32, rows);
        kernels.sampling().logprobs(logits, fixture.ints(chosen), out);
        Fixture.assertClose(out, IntStream.range(0, rows).mapToDouble(b -> logSoftmax(logits, b, chosen[b])).toArray(), 1e-6);
        assertLargest(logits, 1, 20, 128);
    }

    @Test
    void ofEqualLogitsTheLowerTokensComeFirst() {
        var logits = fixture.empty(DType.F32, 1, 7).copyFrom(1f, 3, 2, 3, 2, 3, 2);
        assertThat(top(logits, 5).ids.toInts()).containsExactly(1, 3, 5, 2, 4);
        var ascending = fixture.empty(DType.F32, 1, 500);
        ascending.copyFrom(floats(500, i -> i / 2));
        assertLargest(ascending, 1, 20, 128);
    }

    @Test
    void whatIsNoNumberAboveNegativeInfinityIsNotAmongTheLargestAndCountsForNothing() {
        var logits = fixture.empty(DType.F32, 3, 4).copyFrom(
                NAN, 0, LOW, 0,
                LOW, NAN, LOW, LOW,
                NAN, NAN, NAN, NAN);
        var top = top(logits, 3);
        assertThat(top.ids.toInts()).containsExactly(1, 3, -1, -1, -1, -1, -1, -1, -1);
        float half = (float) -Math.log(2);
        assertThat(top.values.toFloats()).containsExactly(half, half, LOW, LOW, LOW, LOW, LOW, LOW, LOW);
        var out = fixture.empty(DType.F32, 3);
        kernels.sampling().logprobs(logits, fixture.ints(2, 0, 0), out);
        assertThat(out.toFloats()).containsExactly(LOW, NAN, NAN);
    }

    @Test
    void largeLogitsDoNotOverflow() {
        var logits = fixture.empty(DType.F32, 2, 3).copyFrom(3e38f, 3e38f, -3e38f, -1e30f, -2e30f, -3e38f);
        var out = fixture.empty(DType.F32, 2);
        kernels.sampling().logprobs(logits, fixture.ints(1, 0), out);
        assertThat(out.toFloats()).containsExactly((float) -Math.log(2), 0);
    }

    @Test
    void positiveInfinityGivesNoProbabilities() {
        var logits = fixture.empty(DType.F32, 1, 3).copyFrom(Float.POSITIVE_INFINITY, 1, 2);
        var out = fixture.empty(DType.F32, 1);
        kernels.sampling().logprobs(logits, fixture.ints(1), out);
        assertThat(out.toFloats()).containsExactly(NAN);
        assertThat(top(logits, 3).ids.toInts()).containsExactly(0, 2, 1);
    }

    @Test
    void tooManyAreRefusedAndAWrongTokenIsNamed() {
        var logits = fixture.random(DType.F32, 1, 200);
        assertThatThrownBy(() -> top(logits, 129)).hasMessage("topLogprobs: k is 129 but must be 1 to 128");
        assertThatThrownBy(() -> kernels.sampling().logprobs(logits, fixture.ints(200), fixture.empty(DType.F32, 1)))
                .hasMessage("logprobs: token 200 is not in [0, 200)");
    }

    private record Top(Tensor ids, Tensor values) {
    }

    private Top top(Tensor logits, int k) {
        int rows = logits.rows();
        var top = new Top(fixture.ints(IntStream.generate(() -> -7).limit((long) rows * k).toArray()).view(rows, k), fixture.empty(DType.F32, rows, k));
        kernels.sampling().topLogprobs(logits, k, top.ids, top.values);
        return top;
    }

    private void assertLargest(Tensor logits, int... ks) {
        int vocabulary = logits.cols();
        for (int b = 0; b < logits.rows(); b++) {
            var row = logits.narrowRows(b, 1);
            float[] x = row.toFloats();
            int[] sorted = IntStream.range(0, vocabulary).boxed().sorted(Comparator.comparing((Integer id) -> -x[id])).mapToInt(id -> id).toArray();
            double sum = x[sorted[0]] - logSoftmax(logits, b, sorted[0]);
            for (int k : ks) {
                var top = top(row, k);
                assertThat(top.ids.toInts()).isEqualTo(IntStream.range(0, k).map(i -> i < vocabulary ? sorted[i] : -1).toArray());
                float[] values = top.values.toFloats();
                for (int i = 0; i < k; i++) {
                    double expected = i < vocabulary ? x[sorted[i]] - sum : LOW;
                    assertThat(values[i] == expected ? 0 : Math.abs(values[i] - expected)).as("value %d of %d in row %d", i, k, b).isLessThan(1e-5);
                }
            }
        }
    }

    private static double logSoftmax(Tensor logits, int b, int id) {
        float[] row = logits.narrowRows(b, 1).toFloats();
        double sum = IntStream.range(0, row.length).mapToDouble(i -> Math.exp(row[i])).sum();
        return row[id] - Math.log(sum);
    }

    private interface Number {
        float at(int i);
    }

    private static float[] floats(int count, Number number) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = number.at(i);
        }
        return values;
    }
}
