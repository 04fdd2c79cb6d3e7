package io.gatun.kernels.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gatun.kernels.LogitsExpression;
import io.gatun.kernels.PenaltyBatch;
import io.gatun.kernels.SamplingBatch;
import io.gatun.kernels.SamplingKernels;
import io.gatun.kernels.SamplingKernels.Counting;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CpuSamplingTest {
    private static final float INFINITY = Float.POSITIVE_INFINITY;

    private final Fixture fixture = new Fixture();
    private final CpuKernels kernels = new CpuKernels(fixture.device, 2);
    private final SamplingKernels sampling = kernels.sampling();

    @AfterEach
    void close() {
        kernels.close();
        fixture.close();
    }

    @ParameterizedTest
    @CsvSource({"1, -1, 1, 0", "0.7, 5, 1, 0", "1.3, -1, 0.8, 0", "1, -1, 1, 0.1", "0.9, 20, 0.9, 0.05", "2, 3, 0.5, 0", "1, 1000, 0.999, 0"})
    void onlyWhatTheFiltersLeaveIsDrawnAndAllOfItIs(float temperature, int topK, float topP, float minP) {
        float[] logits = gaussian(60, 2, 5);
        var allowed = survivors(logits, temperature, topK, topP, minP);
        var drawn = new HashSet<Integer>();
        double[] counts = new double[60];
        int draws = 8_000;
        var x = fixture.arena.allocate(DType.F32, 1, 60).copyFrom(logits);
        for (int step = 0; step < draws; step++) {
            int id = draw(x, temperature, topK, topP, minP, 9, step);
            drawn.add(id);
            counts[id]++;
        }
        assertThat(allowed).containsAll(drawn);
        double total = allowed.stream().mapToDouble(id -> Math.exp(logits[id] / temperature)).sum();
        double chiSquare = 0;
        int cells = 0;
        for (int id : allowed) {
            double expected = draws * Math.exp(logits[id] / temperature) / total;
            if (expected > 5) {
                chiSquare += (counts[id] - expected) * (counts[id] - expected) / expected;
                cells++;
            }
        }
        assertThat(chiSquare).isLessThan(cells + 6 * Math.sqrt(2.0 * cells) + 4);
    }

    @Test
    void tiesAtTheBorderStay() {
        var x = fixture.arena.allocate(DType.F32, 1, 6).copyFrom(3f, 2, 2, 2, 1, 0);
        assertThat(drawMany(x, 1, 2, 1, 0)).containsExactlyInAnyOrder(0, 1, 2, 3);
        double four = Math.exp(3) + 3 * Math.exp(2);
        assertThat(drawMany(x, 1, -1, (float) ((Math.exp(3) + 1) / (four + Math.exp(1) + 1)), 0)).containsExactlyInAnyOrder(0, 1, 2, 3);
    }

    @Test
    void whatIsForbiddenIsNeverDrawn() {
        var x = fixture.arena.allocate(DType.F32, 1, 5).copyFrom(-INFINITY, 1, Float.NaN, 1, -INFINITY);
        assertThat(drawMany(x, 5, -1, 1, 0)).containsExactlyInAnyOrder(1, 3);
        assertThat(drawMany(x, 5, 4, 0.99f, 0)).containsExactlyInAnyOrder(1, 3);
        assertThat(draw(x.copyFrom(-INFINITY, -INFINITY, -INFINITY, -INFINITY, -INFINITY), 1, -1, 0.5f, 0, 1, 1)).isZero();
        assertThat(draw(x.copyFrom(Float.NaN, Float.NaN, Float.NaN, Float.NaN, Float.NaN), 1, 2, 1, 0, 1, 1)).isZero();
    }

    @Test
    void aRowsDrawIsTheSameWhereverItStands() {
        int vocabulary = 1001;
        float[] row = gaussian(vocabulary, 3, 8);
        var alone = fixture.arena.allocate(DType.F32, 1, vocabulary).copyFrom(row);
        int expected = draw(alone, 0.9f, 50, 0.95f, 0.01f, 77, 5);
        var batch = fixture.random(DType.F32, 9, vocabulary + 6).narrowCols(3, vocabulary);
        for (int i = 0; i < vocabulary; i++) {
            batch.segment().setAtIndex(JAVA_FLOAT_UNALIGNED, 6 * batch.rowStride() + i, row[i]);
        }
        var out = fixture.emptyInts(9);
        float[] temperatures = {0, 1, 2, 0, 0.5f, 1, 0.9f, 1, 0};
        sampling.sample(batch, new SamplingBatch(floats(temperatures), fixture.ints(1, 2, 3, 4, 5, 6, 50, 8, 9), floats(filled(9, 0.95f)), floats(filled(9, 0.01f)),
                longs(filledLong(9, 77)), fixture.ints(5, 5, 5, 5, 5, 5, 5, 5, 5)), out);
        assertThat(out.toInts()[6]).isEqualTo(expected);
        assertThat(out.toInts()[0]).isEqualTo(argmax(batch.narrowRows(0, 1).toFloats()));
    }

    @Test
    void penaltiesAndBiasFollowTheirFormulas() {
        var counts = fixture.arena.allocate(DType.I32, 2, 5).copyFrom(new int[10]);
        sampling.count(counts, fixture.ints(1, 1, 0, -1), fixture.ints(0, 3, 4, 2), Counting.PROMPT);
        sampling.count(counts, fixture.ints(1, 1, 1, -1), fixture.ints(1, 1, 3, 2), Counting.GENERATED);
        assertThat(counts.toInts()).containsExactly(0, 0, 0, 0, SamplingKernels.IN_PROMPT, SamplingKernels.IN_PROMPT, 2, 0, SamplingKernels.IN_PROMPT + 1, 0);
        var x = fixture.arena.allocate(DType.F32, 2, 5).copyFrom(2f, -1, 4, 3, 1, 2, -1, 4, 3, 1);
        var out = fixture.empty(DType.F32, 2, 5);
        sampling.penalize(x, new PenaltyBatch(counts, fixture.ints(1, -1), floats(2, 2), floats(0.5f, 0.5f), floats(0.25f, 0.25f), fixture.ints(0, 1, 3),
                fixture.ints(2, 0, 0), floats(10, 1, -INFINITY)), out);
        assertThat(out.toFloats()).containsExactly(1, -2 - 1 - 0.25f, 14, 1.5f - 0.5f - 0.25f, 1, -INFINITY, -1, 4, 3, 1);
        sampling.penalize(x, new PenaltyBatch(counts, fixture.ints(-1, -1), floats(2, 2), floats(0, 0), floats(0, 0), fixture.ints(0, 0, 0), fixture.ints(),
                floats()), x);
        assertThat(x.toFloats()).containsExactly(2, -1, 4, 3, 1, 2, -1, 4, 3, 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1000, 4097})
    void logprobsAreThoseOfALogSoftmax(int vocabulary) {
        float[] logits = gaussian(vocabulary, 4, 2);
        logits[vocabulary / 2] = vocabulary > 1 ? -INFINITY : 0;
        double sum = IntStream.range(0, vocabulary).mapToDouble(i -> Math.exp(logits[i])).sum();
        var x = fixture.arena.allocate(DType.F32, 1, vocabulary).copyFrom(logits);
        var out = fixture.empty(DType.F32, 1);
        sampling.logprobs(x, fixture.ints(vocabulary - 1), out);
        assertThat(out.toFloats()[0]).isCloseTo((float) (logits[vocabulary - 1] - Math.log(sum)), within(1e-4f));
        int k = 5;
        var ids = fixture.emptyInts(1, k);
        var values = fixture.empty(DType.F32, 1, k);
        sampling.topLogprobs(x, k, ids, values);
        var sorted = IntStream.range(0, vocabulary).filter(i -> logits[i] > -INFINITY).boxed().sorted(Comparator.comparing(i -> -logits[i])).toList();
        for (int i = 0; i < k; i++) {
            boolean some = i < sorted.size();
            assertThat(ids.toInts()[i]).isEqualTo(some ? sorted.get(i) : -1);
            assertThat(values.toFloats()[i]).isCloseTo(some ? (float) (logits[sorted.get(i)] - Math.log(sum)) : -INFINITY, within(1e-4f));
        }
    }

    @Test
    void anExpressionSeesLogitTokenAndStep() {
        var x = fixture.arena.allocate(DType.F32, 2, 3).copyFrom(1f, 2, 3, 4, 5, 6);
        sampling.apply(LogitsExpression.of("add", "x + 10.f * id + 100.f * step", (value, id, step) -> value + 10 * id + 100 * step), x, 2);
        assertThat(x.toFloats()).containsExactly(201, 212, 223, 204, 215, 226);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x; }", "x)", "(x", "x # y", "x\n", "x // y", "x /* y", "\"x\"", "[]{ return x; }()", "x]"})
    void whatIsNoExpressionIsRefused(String cuda) {
        assertThatThrownBy(() -> LogitsExpression.of("odd", cuda, (x, id, step) -> x)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the CUDA expression 'odd'");
    }

    private Set<Integer> drawMany(Tensor x, float temperature, int topK, float topP, float minP) {
        var drawn = new HashSet<Integer>();
        for (int step = 0; step < 2000; step++) {
            drawn.add(draw(x, temperature, topK, topP, minP, 3, step));
        }
        return drawn;
    }

    private int draw(Tensor x, float temperature, int topK, float topP, float minP, long seed, int step) {
        var arena = fixture.device.arena("draw", 4096);
        try (arena) {
            var out = arena.allocate(DType.I32, 1);
            var seeds = arena.allocate(DType.I64, 1);
            seeds.segment().set(JAVA_LONG_UNALIGNED, 0, seed);
            sampling.sample(x, new SamplingBatch(arena.allocate(DType.F32, 1).copyFrom(temperature), arena.allocate(DType.I32, 1).copyFrom(topK),
                    arena.allocate(DType.F32, 1).copyFrom(topP), arena.allocate(DType.F32, 1).copyFrom(minP), seeds,
                    arena.allocate(DType.I32, 1).copyFrom(step)), out);
            return out.toInts()[0];
        }
    }

    /** Sorts, as Hugging Face's warpers do. */
    private static Set<Integer> survivors(float[] logits, double temperature, int topK, double topP, double minP) {
        var order = IntStream.range(0, logits.length).boxed().sorted(Comparator.comparing(i -> -logits[i])).toList();
        if (topK > 0) {
            order = order.subList(0, Math.min(topK, order.size()));
        }
        double total = order.stream().mapToDouble(i -> Math.exp(logits[i] / temperature)).sum();
        double mass = 0;
        var kept = new HashSet<Integer>();
        for (int id : order) {
            if (mass >= topP * total) {
                break;
            }
            mass += Math.exp(logits[id] / temperature);
            kept.add(id);
        }
        double most = Math.exp(logits[order.getFirst()] / temperature);
        kept.removeIf(id -> Math.exp(logits[id] / temperature) < minP * most);
        return kept;
    }

    private Tensor floats(float... values) {
        return fixture.arena.allocate(DType.F32, values.length).copyFrom(values);
    }

    private Tensor longs(long[] values) {
        var tensor = fixture.arena.allocate(DType.I64, values.length);
        for (int i = 0; i < values.length; i++) {
            tensor.segment().setAtIndex(JAVA_LONG_UNALIGNED, i, values[i]);
        }
        return tensor;
    }

    private static float[] filled(int count, float value) {
        float[] values = new float[count];
        Arrays.fill(values, value);
        return values;
    }

    private static long[] filledLong(int count, long value) {
        long[] values = new long[count];
        Arrays.fill(values, value);
        return values;
    }

    private static float[] gaussian(int count, double scale, long seed) {
        var random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        return values;
    }

    private static int argmax(float[] row) {
        return IntStream.range(0, row.length).reduce((a, b) -> row[b] > row[a] ? b : a).orElseThrow();
    }
}
