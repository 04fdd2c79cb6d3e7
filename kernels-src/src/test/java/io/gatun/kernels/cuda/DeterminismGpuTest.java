package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.AttentionOptions;
import io.gatun.kernels.KvCache;
import io.gatun.kernels.cuda.Twins.Twin;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** In deterministic mode a row has the same bits in every batch, and a token the same whether it is prefilled, in whatever pieces, or decoded. */
class DeterminismGpuTest {
    private static final AttentionOptions PLAIN = AttentionOptions.of(0.2f);
    private static final int PAGE_SIZE = 16;

    @TempDir
    static Path cubins;
    private Twins twins;
    private InvariantAttention attention;

    @BeforeEach
    void open() {
        twins = Twins.open(cubins);
        attention = new InvariantAttention(twins.launcher);
    }

    @AfterEach
    void close() {
        if (twins != null) {
            twins.close();
        }
    }

    @ParameterizedTest(name = "{0} to {1}, {2} to {3} features")
    @CsvSource({"BF16, BF16, 1032, 499", "BF16, F32, 512, 20000", "F16, F16, 4096, 640", "F32, F32, 1032, 499", "BF16, BF16, 67, 130",
            "F32, F32, 33, 2000"})
    void aRowOfAProductHasTheSameBitsWhateverTheNumberOfRows(DType type, DType outType, int k, int n) {
        var linear = new CudaLinear(twins.launcher, true);
        var x = twins.random(type, 8, 300, k).gpu();
        var weight = twins.random(type, 0, n, k).gpu();
        var bias = twins.random(type, 0, 1, n).gpu().view(n);
        var whole = twins.empty(outType, 0, 300, n).gpu();
        linear.linear(x, weight, bias, whole);
        float[] expected = whole.toFloats();
        var random = new Random(k);
        for (int m : new int[] {1, 2, 7, 8, 9, 16, 17, 33, 64, 65, 100, 129, 192, 200, 257, 300}) {
            int from = random.nextInt(301 - m);
            var part = twins.empty(outType, 0, m, n).gpu();
            linear.linear(x.narrowRows(from, m), weight, bias, part);
            assertThat(part.toFloats()).as("%d rows", m).isEqualTo(Arrays.copyOfRange(expected, from * n, (from + m) * n));
        }
    }

    static Stream<Arguments> layouts() {
        int[][] layouts = {{64, 4, 1}, {128, 8, 2}, {80, 3, 3}, {128, 70, 1}, {256, 2, 1}};
        return Arrays.stream(layouts).flatMap(l -> Arrays.stream(Twins.FLOATS).map(type -> Arguments.of(type, l[0], l[1], l[2])));
    }

    private record Case(DType type, int headDim, int valueDim, int heads, int kvHeads, AttentionOptions options, boolean hasSinks) {
    }

    static Stream<Case> options() {
        return Arrays.stream(Twins.FLOATS).flatMap(type -> Stream.of(
                new Case(type, 64, 64, 8, 1, PLAIN.withWindow(128), true),
                new Case(type, 128, 128, 4, 2, PLAIN.withWindow(1), false),
                new Case(type, 128, 128, 8, 2, PLAIN.withWindow(777).withLogitCap(3), true),
                new Case(type, 128, 128, 70, 1, PLAIN.withWindow(500), false),
                new Case(type, 80, 48, 3, 3, PLAIN.withLogitCap(2), false),
                new Case(type, 192, 128, 2, 2, PLAIN.withWindow(600), true)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void attentionWithOptionsAgreesWithTheCpu(Case c) {
        var cache = new Cache(c.type, c.headDim, c.valueDim, c.kvHeads, 1300);
        var sinks = twins.random(c.type, 0, 1, c.heads);
        var q = twins.random(c.type, 8, 1300, c.heads * c.headDim);
        var out = twins.empty(c.type, 8, 1300, c.heads * c.valueDim);
        attention.extend(q.gpu(), cache.gpu(), cache.extend(true, 0, 1300), c.hasSinks ? c.options.withSinks(sinks.gpu()) : c.options, out.gpu());
        twins.reference.attention().extend(q.cpu(), cache.cpu(), cache.extend(false, 0, 1300), c.hasSinks ? c.options.withSinks(sinks.cpu()) : c.options,
                out.cpu());
        Twins.assertTwins(out, Twins.rounding(c.type));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void aTokenHasTheSameBitsWithOptionsToo(Case c) {
        assertSameBits(c, 1300);
    }

    @Test
    void soItHasInALongContextWithAWindow() {
        assertSameBits(new Case(DType.BF16, 128, 128, 8, 2, PLAIN.withWindow(5000), true), 20_000);
    }

    @ParameterizedTest(name = "{0} head dimension {1}, {2} heads on {3}")
    @MethodSource("layouts")
    void attentionAgreesWithTheCpu(DType type, int headDim, int heads, int kvHeads) {
        var cache = new Cache(type, headDim, kvHeads, 1300);
        var q = twins.random(type, 8, 1300, heads * headDim);
        var out = twins.empty(type, 8, 1300, heads * headDim);
        attention.extend(q.gpu(), cache.gpu(), cache.extend(true, 0, 1300), PLAIN, out.gpu());
        twins.reference.attention().extend(q.cpu(), cache.cpu(), cache.extend(false, 0, 1300), PLAIN, out.cpu());
        Twins.assertTwins(out, Twins.rounding(type));
    }

    @ParameterizedTest(name = "{0} head dimension {1}, {2} heads on {3}")
    @MethodSource("layouts")
    void aTokenHasTheSameBitsInWhateverPiecesItsPromptIsCutAndWhenItIsDecoded(DType type, int headDim, int heads, int kvHeads) {
        assertSameBits(new Case(type, headDim, headDim, heads, kvHeads, PLAIN, false), 1300);
    }

    @Test
    void soItHasInALongContext() {
        assertSameBits(new Case(DType.BF16, 128, 128, 8, 2, PLAIN, false), 20_000);
    }

    @Test
    void aRequestOfLengthZeroGivesZeros() {
        var cache = new Cache(DType.BF16, 64, 1, 100);
        var q = twins.random(DType.BF16, 0, 2, 4 * 64).gpu();
        var out = twins.empty(DType.BF16, 0, 2, 4 * 64).gpu();
        attention.decode(q, cache.gpu(), cache.decode(0, 100), PLAIN, out);
        assertThat(out.narrowRows(0, 1).toFloats()).containsOnly(0f);
        assertThat(out.narrowRows(1, 1).toFloats()).doesNotContain(Float.NaN);
    }

    private void assertSameBits(Case c, int len) {
        var type = c.type;
        int width = c.heads * c.valueDim;
        int queryWidth = c.heads * c.headDim;
        var options = c.hasSinks ? c.options.withSinks(twins.random(type, 0, 1, c.heads).gpu()) : c.options;
        var cache = new Cache(type, c.headDim, c.valueDim, c.kvHeads, len);
        var q = twins.random(type, 8, len, queryWidth).gpu();
        var whole = twins.empty(type, 0, len, width).gpu();
        attention.extend(q, cache.gpu(), cache.extend(true, 0, len), options, whole);
        float[] expected = whole.toFloats();
        var random = new Random(len);
        for (int from = 0, to; from < len; from = to) {
            to = Math.min(len, from + 1 + random.nextInt(len / 3));
            var piece = twins.empty(type, 0, to - from, width).gpu();
            attention.extend(q.narrowRows(from, to - from), cache.gpu(), cache.extend(true, from, to), options, piece);
            assertThat(piece.toFloats()).as("positions %d to %d", from, to).isEqualTo(Arrays.copyOfRange(expected, from * width, to * width));
        }
        int[] lens = IntStream.concat(IntStream.of(1, 64, 65, 511, 512, 513, 1025, len), random.ints(9, 1, len + 1)).toArray();
        var rows = twins.empty(type, 0, lens.length, width).gpu();
        var queries = twins.empty(type, 0, lens.length, queryWidth).gpu();
        for (int i = 0; i < lens.length; i++) {
            queries.narrowRows(i, 1).copyFrom(q.narrowRows(lens[i] - 1, 1).toFloats());
        }
        var batch = cache.decode(lens);
        for (int blocks : new int[] {1, 2, 3, InvariantAttention.splits(len, options.window())}) {
            twins.gpu.fill(rows, 0xff);
            attention.decode(blocks, queries, cache.gpu(), batch, options, rows);
            for (int i = 0; i < lens.length; i++) {
                assertThat(rows.narrowRows(i, 1).toFloats()).as("decoded at %d by %d blocks", lens[i], blocks)
                        .isEqualTo(Arrays.copyOfRange(expected, (lens[i] - 1) * width, lens[i] * width));
            }
        }
    }

    /** Random keys and values of one request in scattered pages. */
    private final class Cache {
        private final Twin k;
        private final Twin v;
        private final Twin pageTable;
        private final long[] keyDims;
        private final long[] valueDims;

        Cache(DType type, int headDim, int kvHeads, int len) {
            this(type, headDim, headDim, kvHeads, len);
        }

        Cache(DType type, int headDim, int valueDim, int kvHeads, int len) {
            int pages = Math.ceilDiv(len, PAGE_SIZE) + 1;
            keyDims = new long[] {pages, kvHeads, PAGE_SIZE, headDim};
            valueDims = new long[] {pages, kvHeads, PAGE_SIZE, valueDim};
            k = twins.random(type, 0, pages * kvHeads * PAGE_SIZE, headDim);
            v = twins.random(type, 0, pages * kvHeads * PAGE_SIZE, valueDim);
            var order = new ArrayList<>(IntStream.range(0, pages).boxed().toList());
            Collections.shuffle(order, new Random(3));
            pageTable = twins.ints(order.stream().mapToInt(Integer::intValue).toArray(), 1, pages);
        }

        KvCache gpu() {
            return new KvCache(k.gpu().view(keyDims), v.gpu().view(valueDims));
        }

        KvCache cpu() {
            return new KvCache(k.cpu().view(keyDims), v.cpu().view(valueDims));
        }

        AttentionBatch extend(boolean onGpu, int from, int to) {
            return batch(onGpu, new int[] {to}, new int[] {0, to - from}, to - from);
        }

        AttentionBatch decode(int... lens) {
            return batch(true, lens, IntStream.rangeClosed(0, lens.length).toArray(), 1);
        }

        private AttentionBatch batch(boolean onGpu, int[] lens, int[] indptr, int maxQoLen) {
            return new AttentionBatch(lens.length, ints(onGpu, indptr), ints(onGpu, lens), ints(onGpu, new int[lens.length]),
                    onGpu ? pageTable.gpu() : pageTable.cpu(), maxQoLen, Arrays.stream(lens).max().orElseThrow());
        }

        private Tensor ints(boolean onGpu, int[] values) {
            var twin = twins.ints(values);
            return onGpu ? twin.gpu() : twin.cpu();
        }
    }
}
