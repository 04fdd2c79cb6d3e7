package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gatun.kernels.Activation;
import io.gatun.kernels.ExpertWeights;
import io.gatun.kernels.Routing;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class CpuMoeTest {
    private final Fixture fixture = new Fixture();
    private final CpuKernels kernels = new CpuKernels(fixture.device, 2);

    @AfterEach
    void close() {
        kernels.close();
        fixture.close();
    }

    static Stream<Routing> routings() {
        return Stream.of(Routing.softmax(2, true), Routing.softmax(4, false), Routing.softmax(8, true).toDtype(), Routing.softmaxOfChosen(4),
                Routing.softmax(6, false).grouped(8, 3).scaled(16), Routing.sigmoid(8, true).grouped(8, 4).scaled(2.5f),
                Routing.sigmoid(8, true).scaled(2.5f), Routing.sigmoid(3, false));
    }

    @ParameterizedTest
    @MethodSource("routings")
    void routesLikeTheNaiveChoice(Routing routing) {
        var random = new Random(3);
        for (DType dtype : Fixture.FLOATS) {
            for (int experts : new int[] {32, 128}) {
                boolean biased = routing.scoring() == Routing.Scoring.SIGMOID;
                var logits = fixture.emptyWithGaps(dtype, 70, experts, 3);
                var bias = fixture.random(DType.F32, experts);
                double[] noBias = new double[experts];
                for (int t = 0; t < 70; t++) {
                    logits.narrowRows(t, 1).copyFrom(distinct(experts, random));
                }
                var ids = fixture.emptyInts(70, routing.topK());
                var weights = fixture.empty(DType.F32, 70, routing.topK());
                kernels.moe().route(logits, biased ? Optional.of(bias) : Optional.empty(), routing, ids, weights);
                float[] all = logits.toFloats();
                double epsilon = routing.rounded() ? Fixture.epsilon(dtype) : 0;
                for (int t = 0; t < 70; t++) {
                    var expected = MoeOracle.route(doubles(Arrays.copyOfRange(all, t * experts, (t + 1) * experts)), biased ? doubles(bias.toFloats())
                            : noBias, routing);
                    assertThat(ids.narrowRows(t, 1).toInts()).containsExactly(expected.ids().stream().mapToInt(i -> i).toArray());
                    Fixture.assertClose(weights.narrowRows(t, 1), expected.weights(), epsilon + 4e-6);
                }
            }
        }
    }

    @Test
    void ofEqualExpertsTheLowerIndexIsChosen() {
        var logits = fixture.empty(DType.F32, 1, 8).copyFrom(1f, 3f, 2f, 3f, 2f, 3f, 2f, 0f);
        var ids = fixture.emptyInts(1, 5);
        var weights = fixture.empty(DType.F32, 1, 5);
        for (var routing : new Routing[] {Routing.softmax(5, true), Routing.softmaxOfChosen(5), Routing.sigmoid(5, true)}) {
            kernels.moe().route(logits, Optional.empty(), routing, ids, weights);
            assertThat(ids.toInts()).containsExactly(1, 3, 5, 2, 4);
        }
    }

    @Test
    void biasMovesTheChoiceAndNotTheWeights() {
        var logits = fixture.empty(DType.F32, 1, 4).copyFrom(0f, 1f, 2f, 3f);
        var bias = fixture.empty(DType.F32, 4).copyFrom(5f, 0f, 0f, 0f);
        var ids = fixture.emptyInts(1, 2);
        var weights = fixture.empty(DType.F32, 1, 2);
        kernels.moe().route(logits, Optional.of(bias), Routing.sigmoid(2, true), ids, weights);
        assertThat(ids.toInts()).containsExactly(0, 3);
        double other = 1 / (1 + Math.exp(-3));
        assertThat(weights.toFloats()[0]).isCloseTo((float) (0.5 / (0.5 + other)), within(1e-6f));
    }

    @Test
    void logitsThatAreNoNumbersStillChooseExperts() {
        float nan = Float.NaN;
        var logits = fixture.empty(DType.F32, 2, 4).copyFrom(nan, nan, nan, nan, nan, 1, nan, Float.NEGATIVE_INFINITY);
        var ids = fixture.emptyInts(2, 2);
        kernels.moe().route(logits, Optional.empty(), Routing.softmax(2, true), ids, fixture.empty(DType.F32, 2, 2));
        assertThat(ids.toInts()).containsExactly(0, 1, 1, 0);
    }

    @Test
    void impossibleRoutingsAreRefused() {
        assertThatThrownBy(() -> Routing.softmax(33, true)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("33 experts");
        assertThatThrownBy(() -> Routing.softmax(2, true).grouped(4, 5)).hasMessageContaining("5 of 4 groups");
        assertThatThrownBy(() -> Routing.softmax(2, true).grouped(3, 1).requireExperts(8)).hasMessageContaining("8 experts").hasMessageContaining("3 groups");
        assertThatThrownBy(() -> Routing.sigmoid(5, true).grouped(4, 2).requireExperts(8)).hasMessage("5 experts of a token cannot come from 4");
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void expertsAddUpLikeTheNaiveSum(Activation activation) {
        for (int[] s : new int[][] {{1, 8, 2, 16, 8}, {3, 4, 4, 24, 40}, {30, 16, 4, 40, 24}, {300, 5, 2, 16, 72}}) {
            for (DType type : Fixture.FLOATS) {
                for (DType weightType : type == DType.F32 ? Fixture.FLOATS : new DType[] {type}) {
                    boolean biased = activation == Activation.CLAMPED_SWIGLU || s[0] == 3;
                    var experts = experts(weightType, s[1], s[3], s[4], biased, activation);
                    var x = fixture.randomWithGaps(type, s[0], s[3], 3);
                    var ids = fixture.emptyInts(s[0], s[2]).copyFrom(choices(s[0], s[1], s[2]));
                    var weights = fixture.random(DType.F32, s[0], s[2]);
                    var out = fixture.emptyWithGaps(type, s[0], s[3], 5);
                    kernels.moe().experts(x, ids, weights, experts, out);
                    double[] expected = MoeOracle.experts(x, ids.toInts(), weights.toFloats(), experts);
                    Fixture.assertClose(out, expected, 32 * Fixture.epsilon(type) + 1e-5);
                }
            }
        }
    }

    @Test
    void aTokenHasTheSameBitsInEveryBatchAndOnAnyNumberOfThreads() {
        for (DType weightType : Fixture.FLOATS) {
            for (Lanes lanes : new Lanes[] {new VectorLanes(), new ScalarLanes()}) {
                var experts = experts(weightType, 6, 104, 72, false, Activation.SILU);
                var x = fixture.random(DType.F32, 290, 104);
                var ids = fixture.emptyInts(290, 3).copyFrom(choices(290, 6, 3));
                var weights = fixture.random(DType.F32, 290, 3);
                try (var one = new CpuKernels(fixture.device, 1, lanes); var three = new CpuKernels(fixture.device, 3, lanes)) {
                    var all = fixture.empty(DType.F32, 290, 104);
                    three.moe().experts(x, ids, weights, experts, all);
                    for (int count : new int[] {1, 2, 7, 40}) {
                        for (int row : new int[] {0, 17, 250}) {
                            var part = fixture.empty(DType.F32, count, 104);
                            one.moe().experts(x.narrowRows(row, count), ids.narrowRows(row, count), weights.narrowRows(row, count), experts, part);
                            assertThat(part.toFloats()).as("%d rows from %d", count, row).isEqualTo(all.narrowRows(row, count).toFloats());
                        }
                    }
                }
            }
        }
    }

    @Test
    void allTokensMayGoToOneExpert() {
        var experts = experts(DType.BF16, 8, 32, 24, true, Activation.SILU);
        var x = fixture.random(DType.F32, 150, 32);
        int[] choice = IntStream.range(0, 150).map(t -> 5).toArray();
        var weights = fixture.random(DType.F32, 150, 1);
        var out = fixture.empty(DType.F32, 150, 32);
        kernels.moe().experts(x, fixture.emptyInts(150, 1).copyFrom(choice), weights, experts, out);
        Fixture.assertClose(out, MoeOracle.experts(x, choice, weights.toFloats(), experts), 1e-5);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void sharedExpertsAreAddedByTheirGate(DType dtype) {
        var x = fixture.randomWithGaps(dtype, 5, 37, 2);
        var gate = fixture.random(dtype, 5, 1);
        for (boolean gated : new boolean[] {false, true}) {
            var out = fixture.randomWithGaps(dtype, 5, 37, 1);
            float[] before = out.toFloats();
            kernels.moe().addShared(x, gated ? Optional.of(gate) : Optional.empty(), out);
            float[] added = x.toFloats();
            float[] gates = gate.toFloats();
            double[] expected = IntStream.range(0, before.length)
                    .mapToDouble(i -> before[i] + (gated ? added[i] / (1 + Math.exp(-gates[i / 37])) : added[i])).toArray();
            Fixture.assertClose(out, expected, Fixture.epsilon(dtype) + 1e-6);
        }
    }

    @Test
    void anExpertThatDoesNotExistIsNamed() {
        var experts = experts(DType.F32, 4, 8, 8, false, Activation.SILU);
        var x = fixture.random(DType.F32, 1, 8);
        assertThatThrownBy(() -> kernels.moe().experts(x, fixture.emptyInts(1, 2).copyFrom(3, 4), fixture.random(DType.F32, 1, 2), experts,
                fixture.empty(DType.F32, 1, 8))).isInstanceOf(IllegalArgumentException.class).hasMessage("experts: expert 4 is not in [0, 4)");
    }

    @Test
    void weightsThatDoNotBelongTogetherAreNamed() {
        var gateUp = fixture.random(DType.F32, 4, 16, 8);
        assertThatThrownBy(() -> new ExpertWeights(gateUp, Optional.empty(), fixture.random(DType.F32, 4, 8, 9), Optional.empty(), Activation.SILU))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("down is f32[4, 8, 9]").hasMessageContaining("must be f32[4, 8, 8]");
    }

    private ExpertWeights experts(DType type, int count, int hidden, int intermediate, boolean biased, Activation activation) {
        return new ExpertWeights(small(type, hidden, count, 2L * intermediate, hidden),
                biased ? Optional.of(small(type, 1, count, 2L * intermediate)) : Optional.empty(), small(type, intermediate, count, hidden, intermediate),
                biased ? Optional.of(small(type, 1, count, hidden)) : Optional.empty(), activation);
    }

    /** Numbers whose sums of {@code terms} products are near 1. */
    private Tensor small(DType type, int terms, long... dims) {
        var tensor = fixture.random(type, dims);
        float[] values = tensor.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] /= (float) Math.sqrt(terms);
        }
        return tensor.copyFrom(values);
    }

    /** For each token {@code k} experts of {@code experts}, no expert twice. */
    private static int[] choices(int tokens, int experts, int k) {
        var random = new Random(tokens);
        return IntStream.range(0, tokens).flatMap(t -> random.ints(0, experts).distinct().limit(k)).toArray();
    }

    /** Logits far enough from each other for every dtype. */
    private static float[] distinct(int n, Random random) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            int j = random.nextInt(i + 1);
            values[i] = values[j];
            values[j] = (i - n / 2) / 32f;
        }
        return values;
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }
}
