package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.AttentionOptions;
import io.gatun.kernels.KvCache;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CpuAttentionTest {
    private static final AttentionOptions PLAIN = AttentionOptions.of(0.3f);

    private final Fixture fixture = new Fixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    /** Keys and values of requests of given lengths in scattered pages of a cache, and the same as plain matrices. */
    private final class Requests {
        final int[] lens;
        final Tensor[] k;
        final Tensor[] v;
        final KvCache cache;
        final Tensor pageTable;

        Requests(CpuKernels kernels, DType dtype, int kvHeads, int headDim, int pageSize, int... lens) {
            this(kernels, dtype, kvHeads, headDim, headDim, pageSize, lens);
        }

        Requests(CpuKernels kernels, DType dtype, int kvHeads, int headDim, int valueDim, int pageSize, int[] lens) {
            this.lens = lens;
            int maxPages = 0;
            int pages = 1;
            for (int len : lens) {
                maxPages = Math.max(maxPages, Math.ceilDiv(len, pageSize));
                pages += Math.ceilDiv(len, pageSize);
            }
            var free = new ArrayList<Integer>();
            for (int page = 1; page < pages; page++) {
                free.add(page);
            }
            Collections.shuffle(free, new Random(3));
            var keys = fixture.empty(dtype, pages, kvHeads, pageSize, headDim);
            cache = new KvCache(keys, fixture.empty(dtype, pages, kvHeads, pageSize, valueDim));
            pageTable = fixture.emptyInts(lens.length + 1, maxPages);
            int[] table = new int[(lens.length + 1) * maxPages];
            k = new Tensor[lens.length];
            v = new Tensor[lens.length];
            for (int b = 0; b < lens.length; b++) {
                for (int page = 0; page < Math.ceilDiv(lens[b], pageSize); page++) {
                    table[row(b) * maxPages + page] = free.removeLast();
                }
                int[] slots = new int[lens[b]];
                for (int i = 0; i < lens[b]; i++) {
                    slots[i] = table[row(b) * maxPages + i / pageSize] * pageSize + i % pageSize;
                }
                k[b] = fixture.randomWithGaps(dtype, lens[b], kvHeads * headDim, 2);
                v[b] = fixture.randomWithGaps(dtype, lens[b], kvHeads * valueDim, 4);
                kernels.attention().writeKv(k[b], v[b], fixture.ints(slots), cache);
            }
            pageTable.copyFrom(table);
        }

        AttentionBatch batch(int... qoLens) {
            int[] indptr = new int[lens.length + 1];
            for (int b = 0; b < lens.length; b++) {
                indptr[b + 1] = indptr[b] + qoLens[b];
            }
            return new AttentionBatch(lens.length, fixture.ints(indptr), fixture.ints(lens), rows(), pageTable, 1000, 1000);
        }

        /** The table has the requests in reverse, after a dummy. */
        int row(int b) {
            return lens.length - b;
        }

        Tensor rows() {
            return fixture.ints(IntStream.range(0, lens.length).map(this::row).toArray());
        }

        /** Attention of one query over positions 0 to {@code len} of request b, as far as the window goes, in doubles. */
        double[] naive(float[] q, int b, int len, AttentionOptions options) {
            return naive(q, b, (int) Math.max(0, (long) len - options.window()), len, options);
        }

        double[] naive(float[] q, int b, int first, int len, AttentionOptions options) {
            int headDim = cache.headDim();
            int valueDim = cache.valueDim();
            int heads = q.length / headDim;
            float[] keys = k[b].toFloats();
            float[] values = v[b].toFloats();
            int width = cache.kvHeads() * headDim;
            double[] out = new double[heads * valueDim];
            for (int head = 0; head < heads; head++) {
                int kvHead = head / (heads / cache.kvHeads());
                double[] weights = new double[len];
                double sum = options.sinks().isPresent() ? Math.exp(options.sinks().get().toFloats()[head]) : 0;
                for (int i = first; i < len; i++) {
                    double score = 0;
                    for (int c = 0; c < headDim; c++) {
                        score += (double) q[head * headDim + c] * keys[i * width + kvHead * headDim + c];
                    }
                    score *= options.scale();
                    if (options.logitCap() > 0) {
                        score = options.logitCap() * Math.tanh(score / options.logitCap());
                    }
                    weights[i] = Math.exp(score);
                    sum += weights[i];
                }
                for (int i = 0; i < len; i++) {
                    for (int c = 0; c < valueDim; c++) {
                        out[head * valueDim + c] += weights[i] / sum * values[(i * cache.kvHeads() + kvHead) * valueDim + c];
                    }
                }
            }
            return out;
        }
    }

    static Stream<Arguments> layouts() {
        int[][] heads = {{4, 4, 16}, {6, 2, 20}, {8, 1, 64}, {2, 2, 128}, {3, 1, 7}};
        return Stream.of(1, 4, 16, 64).flatMap(pageSize -> Stream.of(heads)
                .flatMap(h -> Stream.of(Fixture.FLOATS).map(dtype -> Arguments.of(pageSize, h[0], h[1], h[2], dtype))));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void attendsLikeTheNaiveSoftmax(int pageSize, int heads, int kvHeads, int headDim, DType dtype) {
        double tolerance = Fixture.epsilon(dtype) + 1e-5;
        int[] qoLens = {5, 1, 33, 2};
        for (Lanes lanes : new Lanes[] {new VectorLanes(), new ScalarLanes()}) {
            try (var kernels = new CpuKernels(fixture.device, 2, lanes)) {
                var requests = new Requests(kernels, dtype, kvHeads, headDim, pageSize, 5, 1, 65, 40);
                var q = fixture.randomWithGaps(dtype, 41, heads * headDim, 3);
                var out = fixture.emptyWithGaps(dtype, 41, heads * headDim, 1);
                kernels.attention().extend(q, requests.cache, requests.batch(qoLens), PLAIN, out);
                int row = 0;
                for (int b = 0; b < qoLens.length; b++) {
                    for (int i = 0; i < qoLens[b]; i++, row++) {
                        double[] expected = requests.naive(q.narrowRows(row, 1).toFloats(), b, requests.lens[b] - qoLens[b] + i + 1, PLAIN);
                        Fixture.assertClose(out.narrowRows(row, 1), expected, tolerance);
                    }
                }
                var one = fixture.empty(dtype, 4, heads * headDim);
                kernels.attention().decode(q.narrowRows(0, 4), requests.cache, requests.batch(1, 1, 1, 1), PLAIN, one);
                for (int b = 0; b < 4; b++) {
                    double[] expected = requests.naive(q.narrowRows(b, 1).toFloats(), b, requests.lens[b], PLAIN);
                    Fixture.assertClose(one.narrowRows(b, 1), expected, tolerance);
                }
            }
        }
    }

    static Stream<Arguments> options() {
        return Stream.of(Fixture.FLOATS).flatMap(dtype -> Stream.of(1, 16).flatMap(pageSize -> Stream.of(
                Arguments.of(dtype, pageSize, 16, 16, PLAIN.withWindow(1), false),
                Arguments.of(dtype, pageSize, 20, 20, PLAIN.withWindow(7), true),
                Arguments.of(dtype, pageSize, 64, 64, PLAIN.withWindow(33).withLogitCap(2), true),
                Arguments.of(dtype, pageSize, 64, 64, PLAIN.withLogitCap(50), false),
                Arguments.of(dtype, pageSize, 24, 7, PLAIN, true),
                Arguments.of(dtype, pageSize, 12, 40, PLAIN.withWindow(1000), false))));
    }

    @ParameterizedTest
    @MethodSource("options")
    void attendsWithOptionsLikeTheNaiveSoftmax(DType dtype, int pageSize, int headDim, int valueDim, AttentionOptions plain, boolean hasSinks) {
        double tolerance = Fixture.epsilon(dtype) + 1e-5;
        int heads = 6;
        int[] qoLens = {5, 1, 33, 2};
        try (var kernels = new CpuKernels(fixture.device, 2)) {
            var requests = new Requests(kernels, dtype, 2, headDim, valueDim, pageSize, new int[] {5, 1, 65, 40});
            var options = hasSinks ? plain.withSinks(fixture.random(dtype, heads)) : plain;
            var q = fixture.randomWithGaps(dtype, 41, heads * headDim, 3);
            var out = fixture.emptyWithGaps(dtype, 41, heads * valueDim, 1);
            kernels.attention().extend(q, requests.cache, requests.batch(qoLens), options, out);
            int row = 0;
            for (int b = 0; b < qoLens.length; b++) {
                for (int i = 0; i < qoLens[b]; i++, row++) {
                    double[] expected = requests.naive(q.narrowRows(row, 1).toFloats(), b, requests.lens[b] - qoLens[b] + i + 1, options);
                    Fixture.assertClose(out.narrowRows(row, 1), expected, tolerance);
                }
            }
            var one = fixture.empty(dtype, 4, heads * valueDim);
            kernels.attention().decode(q.narrowRows(0, 4), requests.cache, requests.batch(1, 1, 1, 1), options, one);
            for (int b = 0; b < 4; b++) {
                Fixture.assertClose(one.narrowRows(b, 1), requests.naive(q.narrowRows(b, 1).toFloats(), b, requests.lens[b], options), tolerance);
            }
        }
    }

    static Stream<Arguments> blocks() {
        return Stream.of(PLAIN, PLAIN.withWindow(1), PLAIN.withWindow(7), PLAIN.withWindow(33)).flatMap(o -> Stream.of(1, 16).map(p -> Arguments.of(o, p)));
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void tokensOfAPictureSeeEachOtherAndWhatTheWindowHolds(AttentionOptions options, int pageSize) {
        int[] lens = {40, 90, 12};
        int[] qoLens = {40, 50, 12};
        int[][][] pictures = {{{3, 40}}, {{30, 60}, {60, 61}, {70, 88}}, {{10, 15}}};
        try (var kernels = new CpuKernels(fixture.device, 2)) {
            var requests = new Requests(kernels, DType.F32, 2, 20, pageSize, lens);
            var q = fixture.random(DType.F32, 102, 4L * 20);
            var out = fixture.empty(DType.F32, 102, 4L * 20);
            int[] ends = new int[102];
            double[][] expected = new double[102][];
            for (int b = 0, row = 0; b < lens.length; b++) {
                for (int i = 0; i < qoLens[b]; i++, row++) {
                    int position = lens[b] - qoLens[b] + i;
                    ends[row] = position + 1;
                    for (int[] picture : pictures[b]) {
                        if (picture[0] <= position && position < picture[1]) {
                            ends[row] = picture[1];
                        }
                    }
                    int first = (int) Math.max(0, position + 1L - options.window());
                    expected[row] = requests.naive(q.narrowRows(row, 1).toFloats(), b, first, Math.min(lens[b], ends[row]), options);
                }
            }
            kernels.attention().extend(q, requests.cache, requests.batch(qoLens).withBlockEnds(fixture.ints(ends)), options, out);
            for (int row = 0; row < 102; row++) {
                Fixture.assertClose(out.narrowRows(row, 1), expected[row], 1e-5);
            }
        }
    }

    @Test
    void readsNoPageBeforeTheWindow() {
        try (var kernels = new CpuKernels(fixture.device, 1)) {
            var requests = new Requests(kernels, DType.F32, 1, 16, 4, 40);
            var table = requests.pageTable.toInts();
            Arrays.fill(table, requests.pageTable.cols(), requests.pageTable.cols() + 7, -1);
            requests.pageTable.copyFrom(table);
            var q = fixture.random(DType.F32, 1, 16);
            var out = fixture.empty(DType.F32, 1, 16);
            var options = PLAIN.withWindow(12);
            kernels.attention().decode(q, requests.cache, requests.batch(1), options, out);
            Fixture.assertClose(out, requests.naive(q.toFloats(), 0, 40, options), 1e-5);
        }
    }

    @Test
    void refusesOptionsThatMakeNoSense() {
        assertThatThrownBy(() -> PLAIN.withWindow(0)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("window of 0");
        assertThatThrownBy(() -> PLAIN.withLogitCap(-1)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("-1.0");
        try (var kernels = new CpuKernels(fixture.device, 1)) {
            var requests = new Requests(kernels, DType.F32, 1, 16, 4, 3);
            var q = fixture.random(DType.F32, 1, 32);
            var options = PLAIN.withSinks(fixture.random(DType.F32, 3));
            assertThatThrownBy(() -> kernels.attention().decode(q, requests.cache, requests.batch(1), options, fixture.empty(DType.F32, 1, 32)))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("sinks").hasMessageContaining("2 columns");
        }
    }

    static Stream<Arguments> invariance() {
        return Stream.of(1, 4, 16, 64).flatMap(pageSize -> Stream.of(PLAIN, PLAIN.withWindow(19).withLogitCap(5)).map(o -> Arguments.of(pageSize, o)));
    }

    @ParameterizedTest
    @MethodSource("invariance")
    void givesATokenTheSameBitsWhetherExtendedWithItsPrefixOrDecoded(int pageSize, AttentionOptions options) {
        int headDim = 20;
        int len = 90;
        try (var one = new CpuKernels(fixture.device, 1); var two = new CpuKernels(fixture.device, 2)) {
            var requests = new Requests(one, DType.F32, 2, headDim, pageSize, 33, len);
            var rows = fixture.ints(requests.row(1));
            var q = fixture.random(DType.F32, 33 + len, 6L * headDim);
            var whole = fixture.empty(DType.F32, 33 + len, 6L * headDim);
            two.attention().extend(q, requests.cache, requests.batch(33, len), options, whole);

            var alone = fixture.empty(DType.F32, 7, 6L * headDim);
            var last = new AttentionBatch(1, fixture.ints(0, 7), fixture.ints(len), rows, requests.pageTable, 7, len);
            one.attention().extend(q.narrowRows(33 + len - 7, 7), requests.cache, last, options, alone);
            assertThat(alone.toFloats()).isEqualTo(whole.narrowRows(33 + len - 7, 7).toFloats());

            for (int position = 0; position < len; position++) {
                var decoded = fixture.empty(DType.F32, 1, 6L * headDim);
                var batch = new AttentionBatch(1, fixture.ints(0, 1), fixture.ints(position + 1), rows, requests.pageTable, 1, len);
                one.attention().decode(q.narrowRows(33 + position, 1), requests.cache, batch, options, decoded);
                assertThat(decoded.toFloats()).as("position %d", position).isEqualTo(whole.narrowRows(33 + position, 1).toFloats());
            }
        }
    }

    @Test
    void givesTheSameBitsForEveryPageSize() {
        try (var kernels = new CpuKernels(fixture.device, 1)) {
            float[][] results = new float[2][];
            for (int i = 0; i < 2; i++) {
                try (var same = new Fixture()) {
                    var test = new CpuAttentionTest();
                    var requests = test.new Requests(kernels, DType.F32, 1, 16, i == 0 ? 4 : 64, 77);
                    var q = test.fixture.random(DType.F32, 1, 64);
                    var out = test.fixture.empty(DType.F32, 1, 64);
                    kernels.attention().decode(q, requests.cache, requests.batch(1), PLAIN, out);
                    results[i] = out.toFloats();
                    test.close();
                }
            }
            assertThat(results[0]).isEqualTo(results[1]);
        }
    }

    @Test
    void survivesLargeScores() {
        try (var kernels = new CpuKernels(fixture.device, 1)) {
            var requests = new Requests(kernels, DType.F32, 1, 16, 16, 20);
            float[] huge = new float[16];
            Arrays.fill(huge, 1e6f);
            var q = fixture.empty(DType.F32, 1, 16).copyFrom(huge);
            var out = fixture.empty(DType.F32, 1, 16);
            kernels.attention().decode(q, requests.cache, requests.batch(1), PLAIN, out);
            for (float value : out.toFloats()) {
                assertThat(value).isFinite();
            }
        }
    }

    @Test
    void refusesSlotsAndPagesThatDoNotExist() {
        try (var kernels = new CpuKernels(fixture.device, 1)) {
            var cache = new KvCache(fixture.empty(DType.F32, 2, 1, 4, 16), fixture.empty(DType.F32, 2, 1, 4, 16));
            var k = fixture.random(DType.F32, 1, 16);
            assertThatThrownBy(() -> kernels.attention().writeKv(k, k, fixture.ints(8), cache))
                    .isInstanceOf(IllegalArgumentException.class).hasMessage("writeKv: slot 8 is not in [0, 8)");
            var table = fixture.emptyInts(1, 1).copyFrom(2);
            var batch = new AttentionBatch(1, fixture.ints(0, 1), fixture.ints(1), fixture.ints(0), table, 1, 1);
            assertThatThrownBy(() -> kernels.attention().decode(k, cache, batch, PLAIN, fixture.empty(DType.F32, 1, 16)))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("page 2 is not in [0, 2)");
            var noSuchRow = new AttentionBatch(1, fixture.ints(0, 1), fixture.ints(1), fixture.ints(1), table, 1, 1);
            assertThatThrownBy(() -> kernels.attention().decode(k, cache, noSuchRow, PLAIN, fixture.empty(DType.F32, 1, 16)))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("row 1 is not in [0, 1)");
        }
    }
}
