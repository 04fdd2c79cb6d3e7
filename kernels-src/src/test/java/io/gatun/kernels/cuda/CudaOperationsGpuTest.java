package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.Activation;
import io.gatun.kernels.NormStyle;
import io.gatun.kernels.RopeTable;
import io.gatun.kernels.cuda.Twins.Twin;
import io.gatun.memory.DType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the operations of a layer other than linear and attention to the CPU's, on odd sizes, aligned and not, with poisoned outputs. */
class CudaOperationsGpuTest {
    private static final int[] SIZES = {8, 64, 96, 37, 4096, 5001};

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

    /** Every size in every dtype, with rows that begin at 16 bytes and rows that do not. */
    static Stream<Arguments> layouts() {
        return Arrays.stream(Twins.FLOATS).flatMap(type -> Stream.of(0, 3, 8).map(margin -> Arguments.of(type, margin)));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void rmsNormAgrees(DType type, int margin) {
        var norm = new CudaNorm(twins.launcher);
        for (int hidden : SIZES) {
            var x = twins.random(type, margin, 5, hidden);
            var weight = twins.random(type, 0, 1, hidden);
            var out = twins.empty(type, margin, 5, hidden);
            for (var style : NormStyle.values()) {
                norm.rmsNorm(x.gpu(), weight.gpu(), 1e-5f, style, out.gpu());
                twins.reference.norm().rmsNorm(x.cpu(), weight.cpu(), 1e-5f, style, out.cpu());
                Twins.assertTwins(out, Twins.rounding(type));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void normsOfHeadsAgreeAndLeaveTheRestAlone(DType type, int margin) {
        var norm = new CudaNorm(twins.launcher);
        for (int headDim : new int[] {8, 64, 80, 100, 128, 256}) {
            var qkv = twins.random(type, margin, 5, 13 * headDim);
            var q = qkv.narrowCols(headDim, 11L * headDim);
            var weight = twins.random(type, 0, 1, headDim);
            for (var style : NormStyle.values()) {
                norm.rmsNormHeads(q.gpu(), weight.gpu(), 1e-6f, style);
                twins.reference.norm().rmsNormHeads(q.cpu(), weight.cpu(), 1e-6f, style);
                Twins.assertTwins(qkv, 3 * Twins.rounding(type));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void sumsAgree(DType type, int margin) {
        for (int hidden : SIZES) {
            var x = twins.random(type, margin, 4, hidden);
            var residual = twins.random(type, margin, 4, hidden);
            new CudaNorm(twins.launcher).add(x.gpu(), residual.gpu());
            twins.reference.norm().add(x.cpu(), residual.cpu());
            Twins.assertTwins(residual, 0);
        }
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void addRmsNormAgreesInPlace(DType type, int margin) {
        var norm = new CudaNorm(twins.launcher);
        for (int hidden : SIZES) {
            var x = twins.random(type, margin, 4, hidden);
            var residual = twins.random(type, margin, 4, hidden);
            var weight = twins.random(type, 0, 1, hidden);
            norm.addRmsNorm(x.gpu(), residual.gpu(), weight.gpu(), 1e-6f, x.gpu());
            twins.reference.norm().addRmsNorm(x.cpu(), residual.cpu(), weight.cpu(), 1e-6f, x.cpu());
            Twins.assertTwins(residual, 0);
            Twins.assertTwins(x, Twins.rounding(type));
        }
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void layerNormsAgreeAloneAndWithTheAdditionBefore(DType type, int margin) {
        var norm = new CudaNorm(twins.launcher);
        for (int hidden : SIZES) {
            var x = twins.random(type, margin, 5, hidden);
            var residual = twins.random(type, margin, 5, hidden);
            var weight = twins.random(type, 0, 1, hidden);
            var bias = twins.random(type, 0, 1, hidden);
            var out = twins.empty(type, margin, 5, hidden);
            norm.layerNorm(x.gpu(), weight.gpu(), bias.gpu(), 1e-6f, out.gpu());
            twins.reference.norm().layerNorm(x.cpu(), weight.cpu(), bias.cpu(), 1e-6f, out.cpu());
            Twins.assertTwins(out, 2 * Twins.rounding(type));
            norm.addLayerNorm(x.gpu(), residual.gpu(), weight.gpu(), bias.gpu(), 1e-6f, x.gpu());
            twins.reference.norm().addLayerNorm(x.cpu(), residual.cpu(), weight.cpu(), bias.cpu(), 1e-6f, x.cpu());
            Twins.assertTwins(residual, 0);
            Twins.assertTwins(x, 2 * Twins.rounding(type));
        }
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void activationsWithoutGatesAgree(DType type, int margin) {
        var operations = new CudaActivation(twins.launcher);
        for (var activation : Activation.values()) {
            for (int cols : SIZES) {
                var x = twins.random(type, margin, 3, cols);
                if (activation == Activation.CLAMPED_SWIGLU) {
                    assertThatThrownBy(() -> operations.activate(activation, x.gpu())).isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("needs gates");
                } else {
                    operations.activate(activation, x.gpu());
                    twins.reference.activation().activate(activation, x.cpu());
                    Twins.assertTwins(x, Twins.rounding(type));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void activationsAgreeFarFromZero(DType type) {
        var operations = new CudaActivation(twins.launcher);
        float[] values = {0f, -0f, 1e-3f, -1e-3f, 17f, -17f, 51f, -51f, 87.5f, -87.5f, 88.5f, -88.5f, 104f, -104f, 3000f, -3000f, 60_000f, -60_000f};
        for (var activation : List.of(Activation.SILU, Activation.GELU, Activation.GELU_TANH, Activation.QUICK_GELU)) {
            var x = twins.empty(type, 0, 1, values.length);
            x.gpu().copyFrom(values);
            x.cpu().copyFrom(values);
            operations.activate(activation, x.gpu());
            twins.reference.activation().activate(activation, x.cpu());
            Twins.assertTwins(x, Twins.rounding(type));
        }
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void padRowsAgrees(DType type, int margin) {
        var embedding = new CudaEmbedding(twins.launcher);
        for (int hidden : SIZES) {
            for (int more : new int[] {0, 1, 4, 300}) {
                var x = twins.random(type, margin, 7, hidden);
                var out = twins.empty(type, margin, 7, hidden + more);
                embedding.padRows(x.gpu(), out.gpu());
                twins.reference.embedding().padRows(x.cpu(), out.cpu());
                Twins.assertTwins(out, 0);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void mergingAndScatteringRowsAgree(DType type, int margin) {
        var embedding = new CudaEmbedding(twins.launcher);
        for (int hidden : SIZES) {
            var table = twins.random(type, margin, 7, hidden);
            var out = twins.random(type, margin, 6, hidden);
            var rows = twins.ints(6, -1, 0, -1, 6, 3);
            embedding.mergeRows(table.gpu(), rows.gpu(), out.gpu());
            twins.reference.embedding().mergeRows(table.cpu(), rows.cpu(), out.cpu());
            Twins.assertTwins(out, 0);
            var to = twins.ints(5, 0, 2, 6, 1, 3);
            embedding.scatterRows(out.gpu(), to.gpu(), table.gpu());
            twins.reference.embedding().scatterRows(out.cpu(), to.cpu(), table.cpu());
            Twins.assertTwins(table, 0);
        }
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void ropeByThreeAxesAndByTokenAgrees(DType type, int margin) {
        var rope = new CudaRope(twins.launcher);
        for (int[] dims : new int[][] {{128, 128, 16, 24}, {64, 32, 8, 0}, {20, 10, 1, 3}, {80, 80, 8, 16}, {72, 72, 20, 4}}) {
            for (var pairing : RopeTable.Pairing.values()) {
                int headDim = dims[0];
                int half = dims[1] / 2;
                var sections = List.of(dims[2], dims[3], half - dims[2] - dims[3]);
                var cos = twins.random(DType.F32, 0, 50, half);
                var sin = twins.random(DType.F32, 0, 50, half);
                var qkv = twins.random(type, margin, 6, 7 * headDim);
                var q = qkv.narrowCols(0, 4L * headDim);
                var k = qkv.narrowCols(4L * headDim, 2L * headDim);
                var positions = twins.ints(new int[] {0, 49, 7, 8, 9, 7, -1, -1, 3, 3, 3, 4, 5, 6, -1, -1, 48, 0, 1, 2, 3, 4, -1, -1}, 3, 8).narrowCols(0, 6);
                rope.rope(q.gpu(), k.gpu(), positions.gpu(), new RopeTable(cos.gpu(), sin.gpu(), pairing, sections), headDim);
                twins.reference.rope().rope(q.cpu(), k.cpu(), positions.cpu(), new RopeTable(cos.cpu(), sin.cpu(), pairing, sections), headDim);
                Twins.assertTwins(qkv, Twins.rounding(type));
                var byToken = new RopeTable(cos.gpu().narrowRows(3, 6), sin.gpu().narrowRows(3, 6), pairing);
                rope.rope(q.gpu(), k.gpu(), byToken, headDim);
                twins.reference.rope().rope(q.cpu(), k.cpu(), new RopeTable(cos.cpu().narrowRows(3, 6), sin.cpu().narrowRows(3, 6), pairing), headDim);
                Twins.assertTwins(qkv, 3 * Twins.rounding(type));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void gatedMulAgrees(DType type, int margin) {
        var operations = new CudaActivation(twins.launcher);
        for (var activation : Activation.values()) {
            for (int intermediate : SIZES) {
                var gateUp = twins.random(type, margin, 3, 2 * intermediate);
                var out = twins.empty(type, margin, 3, intermediate);
                operations.gatedMul(activation, gateUp.gpu(), out.gpu());
                twins.reference.activation().gatedMul(activation, gateUp.cpu(), out.cpu());
                Twins.assertTwins(out, Twins.rounding(type));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void ropeAgreesAndLeavesValuesAlone(DType type, int margin) {
        var rope = new CudaRope(twins.launcher);
        for (int[] dims : new int[][] {{128, 128}, {64, 32}, {20, 10}, {36, 36}}) {
            for (var pairing : RopeTable.Pairing.values()) {
                int headDim = dims[0];
                var cos = twins.random(DType.F32, 0, 50, dims[1] / 2);
                var sin = twins.random(DType.F32, 0, 50, dims[1] / 2);
                var qkv = twins.random(type, margin, 6, 7 * headDim);
                var q = qkv.narrowCols(0, 4L * headDim);
                var k = qkv.narrowCols(4L * headDim, 2L * headDim);
                var positions = twins.ints(0, 49, 7, 8, 9, 7);
                rope.rope(q.gpu(), k.gpu(), positions.gpu(), new RopeTable(cos.gpu(), sin.gpu(), pairing), headDim);
                twins.reference.rope().rope(q.cpu(), k.cpu(), positions.cpu(), new RopeTable(cos.cpu(), sin.cpu(), pairing), headDim);
                Twins.assertTwins(qkv, Twins.rounding(type));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void embedConvertsAndGatherRowsCopies(DType type, int margin) {
        var embedding = new CudaEmbedding(twins.launcher);
        for (int hidden : SIZES) {
            var table = twins.random(type, margin, 30, hidden);
            var ids = twins.ints(29, 0, 7, 7);
            for (DType to : Twins.FLOATS) {
                var out = twins.empty(to, margin, 4, hidden);
                embedding.embed(ids.gpu(), table.gpu(), out.gpu());
                twins.reference.embedding().embed(ids.cpu(), table.cpu(), out.cpu());
                Twins.assertTwins(out, 0);
            }
            var out = twins.empty(type, margin, 4, hidden);
            embedding.gatherRows(table.gpu(), ids.gpu(), out.gpu());
            twins.reference.embedding().gatherRows(table.cpu(), ids.cpu(), out.cpu());
            Twins.assertTwins(out, 0);
        }
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void combineRowsAgrees(DType type, int margin) {
        var embedding = new CudaEmbedding(twins.launcher);
        for (int hidden : SIZES) {
            for (int terms : new int[] {1, 4, 16}) {
                var x = twins.random(type, margin, 30, hidden);
                var rows = new int[5 * terms];
                for (int i = 0; i < rows.length; i++) {
                    rows[i] = i * 7 % 30;
                }
                var indices = twins.ints(rows, 5, terms);
                var weights = twins.random(DType.F32, 0, 5, terms);
                var out = twins.empty(type, margin, 5, hidden);
                embedding.combineRows(x.gpu(), indices.gpu(), weights.gpu(), out.gpu());
                twins.reference.embedding().combineRows(x.cpu(), indices.cpu(), weights.cpu(), out.cpu());
                Twins.assertTwins(out, Twins.rounding(type));
            }
        }
    }

    @Test
    void argmaxAgreesOnTiesAndNan() {
        var sampling = new CudaSampling(twins.launcher);
        var random = new Random(5);
        for (int vocabulary : new int[] {1, 31, 1000, 32_001, 128_256}) {
            float[] logits = new float[6 * vocabulary];
            for (int i = 0; i < logits.length; i++) {
                logits[i] = switch (i / vocabulary) {
                    case 0 -> (float) random.nextGaussian();
                    case 1 -> random.nextInt(3);
                    case 2 -> Float.NaN;
                    case 3 -> Float.NEGATIVE_INFINITY;
                    case 4 -> i % 2 == 0 ? Float.NaN : (float) random.nextGaussian();
                    default -> i % vocabulary == 0 ? Float.NaN : Float.NEGATIVE_INFINITY;
                };
            }
            var x = twins.floats(logits, 6, vocabulary);
            var out = twins.ints(-1, -1, -1, -1, -1, -1);
            sampling.argmax(x.gpu(), out.gpu());
            twins.reference.sampling().argmax(x.cpu(), out.cpu());
            assertThat(out.gpu().toInts()).as("vocabulary of %d", vocabulary).isEqualTo(out.cpu().toInts());
        }
    }

    @Test
    void unknownIdsAreResolvedAndNothingElse() {
        var step = new CudaStepInputs(twins.launcher);
        var lastTokens = twins.ints(IntStream.range(0, 300).map(row -> 1000 + row).toArray());
        for (int count : new int[] {1, 31, 256, 1027}) {
            var ids = twins.ints(IntStream.range(0, count).map(t -> t % 3 == 0 ? -1 - t % 300 : t).toArray());
            step.resolve(ids.gpu(), lastTokens.gpu());
            twins.reference.step().resolve(ids.cpu(), lastTokens.cpu());
            assertThat(ids.gpu().toInts()).isEqualTo(ids.cpu().toInts());
        }
    }

    @Test
    void scatterWritesWhatItCountsAndNothingElse() {
        var step = new CudaStepInputs(twins.launcher);
        var values = twins.ints(IntStream.range(0, 700).toArray());
        var indices = twins.ints(IntStream.range(0, 700).map(i -> 3 * (699 - i)).toArray());
        for (int count : new int[] {0, 1, 255, 257, 700}) {
            var target = twins.ints(IntStream.generate(() -> -1).limit(2100).toArray(), 3, 700);
            step.scatter(values.gpu(), indices.gpu(), count, target.gpu());
            twins.reference.step().scatter(values.cpu(), indices.cpu(), count, target.cpu());
            assertThat(target.gpu().toInts()).isEqualTo(target.cpu().toInts());
        }
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void castRoundsAsTheCpu(DType type, int start) {
        var fill = new CudaFill(twins.launcher);
        for (DType to : Twins.FLOATS) {
            var in = twins.random(type, 0, 1, 1027).narrowCols(start, 1027 - start);
            var out = twins.empty(to, 5, 1, 1027 - start);
            fill.cast(in.gpu(), out.gpu());
            twins.reference.fill().cast(in.cpu(), out.cpu());
            Twins.assertTwins(out, 0);
        }
    }

    @Test
    void randomNumbersAreTheCpusFromTheSameSeed() {
        var fill = new CudaFill(twins.launcher);
        for (DType type : Twins.FLOATS) {
            Twin out = twins.empty(type, 1, 1, 100_003);
            fill.randomNormal(out.gpu(), -42, 0.25f, 0.5f);
            twins.reference.fill().randomNormal(out.cpu(), -42, 0.25f, 0.5f);
            Twins.assertTwins(out, Twins.rounding(type));
        }
    }
}
