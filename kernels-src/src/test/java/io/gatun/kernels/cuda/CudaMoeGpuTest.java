package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.Activation;
import io.gatun.kernels.ExpertWeights;
import io.gatun.kernels.Routing;
import io.gatun.kernels.Routing.Scoring;
import io.gatun.kernels.cuda.Twins.Twin;
import io.gatun.memory.DType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds mixtures of experts to the CPU's, on either side of every change of kernel, with poisoned outputs. */
class CudaMoeGpuTest {
    @TempDir
    static Path cubins;
    private Twins twins;

    @BeforeEach
    void open() {
        twins = Twins.open(cubins);
    }

    @AfterEach
    void close() {
        if (twins != null) {
            twins.close();
        }
    }

    static Stream<Arguments> routings() {
        return Stream.of(
                Arguments.of(Routing.softmax(2, true), 8), Arguments.of(Routing.softmax(4, false).toDtype(), 60),
                Arguments.of(Routing.softmax(8, true).toDtype(), 128), Arguments.of(Routing.softmaxOfChosen(4), 32),
                Arguments.of(Routing.softmax(6, false).grouped(8, 3).scaled(16), 160), Arguments.of(Routing.softmax(6, false), 64),
                Arguments.of(Routing.sigmoid(8, true).grouped(8, 4).scaled(2.5f), 256), Arguments.of(Routing.sigmoid(8, true).scaled(2.5f), 128),
                Arguments.of(Routing.sigmoid(32, false).grouped(32, 16), 1024), Arguments.of(Routing.softmax(1, true), 1));
    }

    @ParameterizedTest(name = "{0} of {1}")
    @MethodSource("routings")
    void routingAgrees(Routing routing, int experts) {
        var moe = new CudaMoe(twins.launcher, false);
        for (DType type : Twins.FLOATS) {
            for (boolean biased : new boolean[] {false, true}) {
                if (biased && routing.scoring() != Scoring.SIGMOID) {
                    continue;
                }
                var logits = twins.random(type, 3, 61, experts);
                var bias = twins.random(DType.F32, 0, 1, experts);
                var ids = twins.ints(new int[61 * routing.topK()], 61, routing.topK());
                var weights = twins.empty(DType.F32, 61L, routing.topK());
                moe.route(logits.gpu(), biased ? Optional.of(bias.gpu().view(experts)) : Optional.empty(), routing, ids.gpu(), weights.gpu());
                twins.reference.moe().route(logits.cpu(), biased ? Optional.of(bias.cpu().view(experts)) : Optional.empty(), routing, ids.cpu(),
                        weights.cpu());
                assertThat(ids.gpu().toInts()).as("%s, bias %s", type, biased).isEqualTo(ids.cpu().toInts());
                Twins.assertTwins(weights, routing.rounded() ? Twins.rounding(type) : 1e-5);
            }
        }
    }

    @Test
    void equalsAndNotANumberAreRoutedAsOnTheCpu() {
        var moe = new CudaMoe(twins.launcher, false);
        var random = new Random(2);
        float[] values = new float[20 * 40];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (i / 200) {
                case 0 -> random.nextInt(3);
                case 1 -> Float.NaN;
                case 2 -> i % 3 == 0 ? Float.NaN : random.nextInt(5);
                default -> i % 40 == 7 ? 1 : Float.NEGATIVE_INFINITY;
            };
        }
        var logits = twins.floats(values, 20, 40);
        for (var routing : new Routing[] {Routing.softmax(4, true), Routing.softmaxOfChosen(6), Routing.softmax(4, true).grouped(5, 2)}) {
            var ids = twins.ints(new int[20 * routing.topK()], 20, routing.topK());
            moe.route(logits.gpu(), Optional.empty(), routing, ids.gpu(), twins.empty(DType.F32, 20L, routing.topK()).gpu());
            twins.reference.moe().route(logits.cpu(), Optional.empty(), routing, ids.cpu(), twins.empty(DType.F32, 20L, routing.topK()).cpu());
            assertThat(ids.gpu().toInts()).isEqualTo(ids.cpu().toInts());
        }
    }

    /** Shapes as tokens, experts, k, H, I. */
    static Stream<Arguments> shapes() {
        int[][] shapes = {{1, 4, 2, 64, 32}, {1, 8, 8, 1024, 384}, {3, 8, 2, 72, 40}, {8, 16, 3, 264, 136}, {9, 128, 8, 136, 72}, {17, 4, 4, 128, 64},
            {33, 32, 4, 200, 328}, {130, 8, 2, 136, 96}, {300, 8, 3, 264, 136}, {300, 128, 8, 64, 56}};
        return Arrays.stream(shapes).flatMap(s -> Arrays.stream(Twins.FLOATS).map(type -> Arguments.of(type, s[0], s[1], s[2], s[3], s[4])));
    }

    @ParameterizedTest(name = "{0}, {1} tokens, {3} of {2} experts, {4} to {5} features")
    @MethodSource("shapes")
    void expertsAgree(DType type, int tokens, int count, int topK, int hidden, int intermediate) {
        var activation = Activation.values()[(tokens + count) % 4];
        for (boolean biased : new boolean[] {false, true}) {
            var experts = experts(type, count, hidden, intermediate, biased, activation);
            for (boolean oneExpert : new boolean[] {false, true}) {
                var ids = twins.ints(oneExpert ? same(tokens, topK, count - 1) : choices(tokens, count, topK), tokens, topK);
                agrees(new CudaMoe(twins.launcher, false), experts, type, ids, tokens, topK, hidden);
                agrees(new CudaMoe(twins.launcher, true), experts, type, ids, tokens, topK, hidden);
            }
        }
    }

    @ParameterizedTest(name = "{0}, {1} tokens, {3} of {2} experts, {4} to {5} features")
    @MethodSource("shapes")
    void everyTileAgreesToTheBit(DType type, int tokens, int count, int topK, int hidden, int intermediate) {
        var experts = experts(type, count, hidden, intermediate, true, Activation.SILU).gpu;
        var x = twins.random(type, 8, tokens, hidden).gpu();
        var ids = twins.ints(choices(tokens, count, topK), tokens, topK).gpu();
        var weights = twins.random(DType.F32, 0, tokens, topK).gpu();
        var moe = new CudaMoe(twins.launcher, true);
        var plans = type == DType.F32 ? Stream.<MoePlan>of(new MoePlan.Fma()) : Stream.of(16, 32, 64, 128).<MoePlan>map(MoePlan.Mma::new);
        var results = plans.map(plan -> {
            var out = twins.empty(type, 0, tokens, hidden).gpu();
            moe.multiply(plan, x, ids, weights, experts, out);
            return out.toFloats();
        }).toList();
        results.forEach(result -> assertThat(result).isEqualTo(results.getFirst()).doesNotContain(Float.NaN));
    }

    @ParameterizedTest(name = "{0}, {1} tokens, {3} of {2} experts, {4} to {5} features")
    @MethodSource("shapes")
    void aTokenHasTheSameBitsInEveryBatchIfAsked(DType type, int tokens, int count, int topK, int hidden, int intermediate) {
        var moe = new CudaMoe(twins.launcher, true);
        var experts = experts(type, count, hidden, intermediate, true, Activation.SILU).gpu;
        var x = twins.random(type, 8, tokens, hidden).gpu();
        var ids = twins.ints(choices(tokens, count, topK), tokens, topK).gpu();
        var weights = twins.random(DType.F32, 0, tokens, topK).gpu();
        var whole = twins.empty(type, 0, tokens, hidden).gpu();
        moe.experts(x, ids, weights, experts, whole);
        float[] expected = whole.toFloats();
        var random = new Random(tokens);
        for (int m : IntStream.of(1, 2, 7, 16, 65, 129, 257).filter(m -> m <= tokens).toArray()) {
            int from = random.nextInt(tokens + 1 - m);
            var part = twins.empty(type, 0, m, hidden).gpu();
            moe.experts(x.narrowRows(from, m), ids.narrowRows(from, m), weights.narrowRows(from, m), experts, part);
            assertThat(part.toFloats()).as("%d tokens", m).isEqualTo(Arrays.copyOfRange(expected, from * hidden, (from + m) * hidden));
        }
    }

    @Test
    void sharedExpertsAreAddedAsOnTheCpu() {
        var moe = new CudaMoe(twins.launcher, false);
        for (DType type : Twins.FLOATS) {
            for (int margin : new int[] {0, 3, 8}) {
                for (boolean gated : new boolean[] {false, true}) {
                    var x = twins.random(type, margin, 5, 1032);
                    var gate = twins.random(type, 0, 5, 1);
                    var out = twins.random(type, margin, 5, 1032);
                    moe.addShared(x.gpu(), gated ? Optional.of(gate.gpu()) : Optional.empty(), out.gpu());
                    twins.reference.moe().addShared(x.cpu(), gated ? Optional.of(gate.cpu()) : Optional.empty(), out.cpu());
                    Twins.assertTwins(out, Twins.rounding(type));
                }
            }
        }
    }

    @Test
    void sizesThatAreNoWholePiecesAreRefused() {
        var experts = experts(DType.BF16, 4, 64, 36, false, Activation.SILU).gpu;
        var x = twins.random(DType.BF16, 0, 1, 64).gpu();
        assertThatThrownBy(() -> new CudaMoe(twins.launcher, false).experts(x, twins.ints(new int[] {0, 1}, 1, 2).gpu(),
                twins.random(DType.F32, 0, 1, 2).gpu(), experts, x)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("multiples of 8");
    }

    private void agrees(CudaMoe moe, ExpertTwins experts, DType type, Twin ids, int tokens, int topK, int hidden) {
        var x = twins.random(type, 8, tokens, hidden);
        var weights = small(DType.F32, topK * topK, tokens, topK);
        var out = twins.empty(type, 8, tokens, hidden);
        moe.experts(x.gpu(), ids.gpu(), weights.gpu(), experts.gpu, out.gpu());
        twins.reference.moe().experts(x.cpu(), ids.cpu(), weights.cpu(), experts.cpu, out.cpu());
        Twins.assertTwins(out, 8 * Twins.rounding(type));
    }

    private record ExpertTwins(ExpertWeights gpu, ExpertWeights cpu) {
    }

    private ExpertTwins experts(DType type, int count, int hidden, int intermediate, boolean biased, Activation activation) {
        var gateUp = small(type, hidden, count * 2 * intermediate, hidden);
        var down = small(type, intermediate, count * hidden, intermediate);
        var gateUpBias = small(type, 16, count, 2 * intermediate);
        var downBias = small(type, 16, count, hidden);
        return new ExpertTwins(
                new ExpertWeights(gateUp.gpu().view(count, 2L * intermediate, hidden), biased ? Optional.of(gateUpBias.gpu()) : Optional.empty(),
                        down.gpu().view(count, hidden, intermediate), biased ? Optional.of(downBias.gpu()) : Optional.empty(), activation),
                new ExpertWeights(gateUp.cpu().view(count, 2L * intermediate, hidden), biased ? Optional.of(gateUpBias.cpu()) : Optional.empty(),
                        down.cpu().view(count, hidden, intermediate), biased ? Optional.of(downBias.cpu()) : Optional.empty(), activation));
    }

    /** Numbers whose sums of {@code terms} products are near 1. */
    private Twin small(DType type, int terms, int rows, int cols) {
        var twin = twins.random(type, 0, rows, cols);
        float[] values = twin.cpu().toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] /= (float) Math.sqrt(terms);
        }
        twin.gpu().copyFrom(values);
        twin.cpu().copyFrom(values);
        return twin;
    }

    /** For each token {@code k} experts, no expert twice; the last expert is never among them where there are enough. */
    private static int[] choices(int tokens, int experts, int k) {
        var random = new Random(tokens);
        return IntStream.range(0, tokens).flatMap(t -> random.ints(0, experts > k ? experts - 1 : experts).distinct().limit(k)).toArray();
    }

    private static int[] same(int tokens, int topK, int expert) {
        return IntStream.generate(() -> expert).limit((long) tokens * topK).toArray();
    }
}
