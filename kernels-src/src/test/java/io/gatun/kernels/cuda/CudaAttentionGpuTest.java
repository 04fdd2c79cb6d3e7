package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.AttentionOptions;
import io.gatun.kernels.KvCache;
import io.gatun.kernels.cuda.Twins.Twin;
import io.gatun.memory.CudaGraph;
import io.gatun.memory.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
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
import org.junit.jupiter.params.provider.MethodSource;

/** Holds paged attention to the CPU's on ragged batches; every slot of the cache that holds no token is NaN. */
class CudaAttentionGpuTest {
    private static final AttentionOptions PLAIN = AttentionOptions.of(0.2f);
    private static final int MARGIN = 8;

    @TempDir
    static Path cubins;
    private Twins twins;
    private CudaAttention attention;

    @BeforeEach
    void open() {
        twins = Twins.open(cubins);
        attention = new CudaAttention(twins.launcher);
    }

    @AfterEach
    void close() {
        if (twins != null) {
            twins.close();
        }
    }

    private record Heads(DType type, int headDim, int valueDim, int heads, int kvHeads, int pageSize) {
    }

    /**
     * Requests whose keys and values {@code writeKv} has put into scattered pages of both devices' caches. The table has them in reverse, after a dummy.
     */
    private final class Requests {
        final int[] lens;
        final Twin k;
        final Twin v;
        final Twin pageTable;

        Requests(DType type, int kvHeads, int headDim, int pageSize, int... lens) {
            this(new Heads(type, headDim, headDim, kvHeads, kvHeads, pageSize), lens);
        }

        Requests(Heads heads, int... lens) {
            var type = heads.type();
            int kvHeads = heads.kvHeads();
            int pageSize = heads.pageSize();
            this.lens = lens;
            int maxPages = Math.ceilDiv(Arrays.stream(lens).max().orElseThrow(), pageSize) + 1;
            var free = new ArrayList<>(IntStream.rangeClosed(1, lens.length * maxPages).boxed().toList());
            Collections.shuffle(free, new Random(3));
            k = twins.empty(type, free.size() + 1L, kvHeads, pageSize, heads.headDim());
            v = twins.empty(type, free.size() + 1L, kvHeads, pageSize, heads.valueDim());
            int[] table = new int[(lens.length + 1) * maxPages];
            for (int b = 0; b < lens.length; b++) {
                for (int page = 0; page < Math.ceilDiv(lens[b], pageSize); page++) {
                    table[(lens.length - b) * maxPages + page] = free.removeLast();
                }
            }
            pageTable = twins.ints(table, lens.length + 1, maxPages);
            for (int b = 0; b < lens.length; b++) {
                int request = b;
                var newK = twins.random(type, MARGIN, lens[b], kvHeads * heads.headDim());
                var newV = twins.random(type, 3, lens[b], kvHeads * heads.valueDim());
                var slots = twins.ints(IntStream.range(0, lens[b])
                        .map(i -> table[(lens.length - request) * maxPages + i / pageSize] * pageSize + i % pageSize).toArray());
                attention.writeKv(newK.gpu(), newV.gpu(), slots.gpu(), onGpu());
                twins.reference.attention().writeKv(newK.cpu(), newV.cpu(), slots.cpu(), onCpu());
            }
        }

        KvCache onGpu() {
            return new KvCache(k.gpu(), v.gpu());
        }

        KvCache onCpu() {
            return new KvCache(k.cpu(), v.cpu());
        }

        AttentionBatch batch(boolean gpu, Twin qoIndptr, int maxQoLen) {
            var kvLens = twins.ints(lens);
            var rows = twins.ints(IntStream.range(0, lens.length).map(b -> lens.length - b).toArray());
            int maxKvLen = Arrays.stream(lens).max().orElseThrow();
            return gpu ? new AttentionBatch(lens.length, qoIndptr.gpu(), kvLens.gpu(), rows.gpu(), pageTable.gpu(), maxQoLen, maxKvLen)
                    : new AttentionBatch(lens.length, qoIndptr.cpu(), kvLens.cpu(), rows.cpu(), pageTable.cpu(), maxQoLen, maxKvLen);
        }
    }

    static Stream<Arguments> layouts() {
        int[][] layouts = {{16, 4, 2, 1}, {32, 3, 1, 16}, {64, 8, 1, 4}, {80, 6, 2, 64}, {96, 5, 1, 2}, {128, 8, 2, 16}, {128, 7, 1, 128},
                {128, 40, 2, 8}, {256, 2, 1, 32}};
        return Arrays.stream(layouts).flatMap(l -> Arrays.stream(Twins.FLOATS).map(type -> Arguments.of(type, l[0], l[1], l[2], l[3])));
    }

    @ParameterizedTest(name = "{0} head dimension {1}, {2} heads on {3}, pages of {4}")
    @MethodSource("layouts")
    void extendAgrees(DType type, int headDim, int heads, int kvHeads, int pageSize) {
        int[] qoLens = {5, 1, 33, 130, 2};
        var requests = new Requests(type, kvHeads, headDim, pageSize, 5, 70, 33, 401, 130);
        int[] indptr = new int[qoLens.length + 1];
        for (int b = 0; b < qoLens.length; b++) {
            indptr[b + 1] = indptr[b] + qoLens[b];
        }
        int tokens = indptr[qoLens.length];
        var q = twins.random(type, MARGIN, tokens, heads * headDim);
        var out = twins.empty(type, MARGIN, tokens, heads * headDim);
        attention.extend(q.gpu(), requests.onGpu(), requests.batch(true, twins.ints(indptr), 130), PLAIN, out.gpu());
        twins.reference.attention().extend(q.cpu(), requests.onCpu(), requests.batch(false, twins.ints(indptr), 130), PLAIN, out.cpu());
        Twins.assertTwins(out, Twins.rounding(type));
    }

    @ParameterizedTest(name = "{0} head dimension {1}, {2} heads on {3}, pages of {4}")
    @MethodSource("layouts")
    void decodeAgreesWithAnyNumberOfSplits(DType type, int headDim, int heads, int kvHeads, int pageSize) {
        int[] lens = {1, 16, 17, 64, 65, 1030, 300};
        var requests = new Requests(type, kvHeads, headDim, pageSize, lens);
        var each = twins.ints(IntStream.rangeClosed(0, lens.length).toArray());
        var q = twins.random(type, MARGIN, lens.length, heads * headDim);
        var out = twins.empty(type, MARGIN, lens.length, heads * headDim);
        twins.reference.attention().decode(q.cpu(), requests.onCpu(), requests.batch(false, each, 1), PLAIN, out.cpu());
        var variant = AttentionVariant.of("decode", q.gpu(), requests.onGpu(), PLAIN, out.gpu());
        for (var plan : new DecodePlan[] {new DecodePlan(variant, lens.length, kvHeads, 1, 64), new DecodePlan(variant, lens.length, kvHeads, 3, 64),
                DecodePlan.fixedSplits(variant, lens.length, kvHeads, 1030, 100), DecodePlan.choose(variant, lens.length, kvHeads, 1030, 132)}) {
            twins.gpu.fill(out.wide(), 0xff);
            attention.decode(plan, q.gpu(), requests.onGpu(), requests.batch(true, each, 1), PLAIN, out.gpu());
            Twins.assertTwins(out, Twins.rounding(type));
        }
    }

    static Stream<Arguments> options() {
        var plain = AttentionOptions.of(0.2f);
        return Arrays.stream(Twins.FLOATS).flatMap(type -> Stream.of(
                Arguments.of(new Heads(type, 64, 64, 8, 1, 4), plain.withWindow(1), false),
                Arguments.of(new Heads(type, 64, 64, 8, 2, 16), plain.withWindow(100), true),
                Arguments.of(new Heads(type, 128, 128, 6, 2, 16), plain.withWindow(17).withLogitCap(3), false),
                Arguments.of(new Heads(type, 128, 128, 40, 2, 8), plain.withWindow(333), false),
                Arguments.of(new Heads(type, 256, 256, 2, 1, 32), plain.withWindow(64).withLogitCap(50), false),
                Arguments.of(new Heads(type, 16, 16, 3, 3, 1), plain.withLogitCap(1.5f), true),
                Arguments.of(new Heads(type, 80, 80, 5, 1, 2), plain, true),
                Arguments.of(new Heads(type, 192, 128, 4, 4, 16), plain, false),
                Arguments.of(new Heads(type, 48, 112, 6, 2, 64), plain.withWindow(70).withLogitCap(4), true)));
    }

    private static AttentionOptions on(boolean gpu, AttentionOptions options, boolean hasSinks, Twin sinks) {
        return hasSinks ? options.withSinks(gpu ? sinks.gpu() : sinks.cpu()) : options;
    }

    @ParameterizedTest(name = "{0}, {1}, sinks: {2}")
    @MethodSource("options")
    void extendAgreesWithOptions(Heads heads, AttentionOptions options, boolean hasSinks) {
        int[] qoLens = {5, 1, 33, 130, 2, 700};
        var requests = new Requests(heads, 5, 70, 33, 401, 130, 700);
        int[] indptr = new int[qoLens.length + 1];
        for (int b = 0; b < qoLens.length; b++) {
            indptr[b + 1] = indptr[b] + qoLens[b];
        }
        int tokens = indptr[qoLens.length];
        var sinks = twins.random(heads.type(), 0, 1, heads.heads());
        var q = twins.random(heads.type(), MARGIN, tokens, heads.heads() * heads.headDim());
        var out = twins.empty(heads.type(), MARGIN, tokens, heads.heads() * heads.valueDim());
        attention.extend(q.gpu(), requests.onGpu(), requests.batch(true, twins.ints(indptr), 700), on(true, options, hasSinks, sinks), out.gpu());
        twins.reference.attention().extend(q.cpu(), requests.onCpu(), requests.batch(false, twins.ints(indptr), 700), on(false, options, hasSinks, sinks),
                out.cpu());
        Twins.assertTwins(out, Twins.rounding(heads.type()));
    }

    @ParameterizedTest(name = "{0}, {1}, sinks: {2}")
    @MethodSource("options")
    void extendAgreesWherePicturesSeeThemselvesInBothKernels(Heads heads, AttentionOptions options, boolean hasSinks) {
        int[] lens = {5, 70, 401, 700};
        int[] qoLens = {5, 1, 130, 700};
        int[][][] pictures = {{{1, 4}}, {}, {{200, 300}, {301, 302}, {310, 450}}, {{3, 259}, {300, 556}, {556, 640}}};
        var requests = new Requests(heads, lens);
        int[] indptr = new int[lens.length + 1];
        for (int b = 0; b < lens.length; b++) {
            indptr[b + 1] = indptr[b] + qoLens[b];
        }
        int tokens = indptr[lens.length];
        int[] ends = new int[tokens];
        for (int b = 0; b < lens.length; b++) {
            for (int row = indptr[b]; row < indptr[b + 1]; row++) {
                int position = lens[b] - indptr[b + 1] + row;
                ends[row] = Arrays.stream(pictures[b]).filter(p -> p[0] <= position && position < p[1]).mapToInt(p -> p[1]).findFirst().orElse(position + 1);
            }
        }
        var blockEnds = twins.ints(ends);
        var sinks = twins.random(heads.type(), 0, 1, heads.heads());
        var q = twins.random(heads.type(), MARGIN, tokens, heads.heads() * heads.headDim());
        var out = twins.empty(heads.type(), MARGIN, tokens, heads.heads() * heads.valueDim());
        twins.reference.attention().extend(q.cpu(), requests.onCpu(), requests.batch(false, twins.ints(indptr), 700).withBlockEnds(blockEnds.cpu()),
                on(false, options, hasSinks, sinks), out.cpu());
        for (var kernels : List.of(attention, new InvariantAttention(twins.launcher))) {
            twins.gpu.fill(out.wide(), 0xff);
            kernels.extend(q.gpu(), requests.onGpu(), requests.batch(true, twins.ints(indptr), 700).withBlockEnds(blockEnds.gpu()),
                    on(true, options, hasSinks, sinks), out.gpu());
            Twins.assertTwins(out, Twins.rounding(heads.type()));
        }
    }

    @ParameterizedTest(name = "{0}, {1}, sinks: {2}")
    @MethodSource("options")
    void decodeAgreesWithOptionsAndAnyNumberOfSplits(Heads heads, AttentionOptions options, boolean hasSinks) {
        int[] lens = {1, 16, 17, 64, 65, 1030, 300};
        var requests = new Requests(heads, lens);
        var each = twins.ints(IntStream.rangeClosed(0, lens.length).toArray());
        var sinks = twins.random(heads.type(), 0, 1, heads.heads());
        var q = twins.random(heads.type(), MARGIN, lens.length, heads.heads() * heads.headDim());
        var out = twins.empty(heads.type(), MARGIN, lens.length, heads.heads() * heads.valueDim());
        twins.reference.attention().decode(q.cpu(), requests.onCpu(), requests.batch(false, each, 1), on(false, options, hasSinks, sinks), out.cpu());
        var onGpu = on(true, options, hasSinks, sinks);
        var variant = AttentionVariant.of("decode", q.gpu(), requests.onGpu(), onGpu, out.gpu());
        int kvHeads = heads.kvHeads();
        int seen = Math.min(1030, options.window());
        for (var plan : new DecodePlan[] {new DecodePlan(variant, lens.length, kvHeads, 1, 64), new DecodePlan(variant, lens.length, kvHeads, 3, 64),
                DecodePlan.fixedSplits(variant, lens.length, kvHeads, seen, 100), DecodePlan.choose(variant, lens.length, kvHeads, seen, 132)}) {
            twins.gpu.fill(out.wide(), 0xff);
            attention.decode(plan, q.gpu(), requests.onGpu(), requests.batch(true, each, 1), onGpu, out.gpu());
            Twins.assertTwins(out, Twins.rounding(heads.type()));
        }
    }

    @Test
    void aRequestHasTheSameBitsWhateverSharesItsBatchWhenSplitsAreFixed() {
        var requests = new Requests(DType.BF16, 2, 128, 16, 900, 17, 333);
        var each = twins.ints(0, 1, 2, 3);
        var q = twins.random(DType.BF16, MARGIN, 3, 8 * 128);
        var together = twins.empty(DType.BF16, 0, 3, 8 * 128).gpu();
        var variant = AttentionVariant.of("decode", q.gpu(), requests.onGpu(), PLAIN, together);
        attention.decode(DecodePlan.fixedSplits(variant, 3, 2, 900, 256), q.gpu(), requests.onGpu(), requests.batch(true, each, 1), PLAIN, together);
        var alone = twins.empty(DType.BF16, 0, 1, 8 * 128).gpu();
        var first = requests.batch(true, each, 1);
        attention.decode(DecodePlan.fixedSplits(variant, 1, 2, 2000, 256), q.gpu().narrowRows(0, 1), requests.onGpu(), first, PLAIN, alone);
        assertThat(alone.toFloats()).isEqualTo(together.narrowRows(0, 1).toFloats());
    }

    @Test
    void aCapturedDecodeStaysRightWhenALargerOneHasTakenMoreMemory() {
        var requests = new Requests(DType.BF16, 2, 64, 16, 900, 17, 333);
        var q = twins.random(DType.BF16, MARGIN, 3, 8 * 64);
        var out = twins.empty(DType.BF16, 0, 3, 8 * 64).gpu();
        var variant = AttentionVariant.of("decode", q.gpu(), requests.onGpu(), PLAIN, out);
        var batch = requests.batch(true, twins.ints(0, 1, 2, 3), 1);
        Runnable decode = () -> attention.decode(new DecodePlan(variant, 3, 2, 4, 64), q.gpu(), requests.onGpu(), batch, PLAIN, out);
        decode.run();
        float[] expected = out.toFloats();
        try (var graph = CudaGraph.capture(twins.gpu.stream(), decode)) {
            int many = 4000;
            var one = new AttentionBatch(many, batch.qoIndptr(), twins.ints(IntStream.generate(() -> 900).limit(many).toArray()).gpu(),
                    twins.ints(IntStream.generate(() -> 3).limit(many).toArray()).gpu(), batch.pageTable(), 1, 900);
            var manyQ = twins.random(DType.BF16, 0, many, 8 * 64).gpu();
            var manyOut = twins.empty(DType.BF16, 0, many, 8 * 64).gpu();
            attention.decode(new DecodePlan(variant, many, 2, 8, 64), manyQ, requests.onGpu(), one, PLAIN, manyOut);
            for (int i = 0; i < 3; i++) {
                twins.gpu.fill(out, 0xff);
                graph.launch(twins.gpu.stream());
                assertThat(out.toFloats()).isEqualTo(expected);
            }
        }
    }

    @Test
    void decodingAnEmptyRequestGivesZeros() {
        var requests = new Requests(DType.F16, 1, 64, 16, 40, 0);
        var q = twins.random(DType.F16, MARGIN, 2, 4 * 64);
        var out = twins.empty(DType.F16, MARGIN, 2, 4 * 64);
        attention.decode(q.gpu(), requests.onGpu(), requests.batch(true, twins.ints(0, 1, 2), 1), PLAIN, out.gpu());
        assertThat(out.gpu().narrowRows(1, 1).toFloats()).containsOnly(0f);
        var sinks = twins.random(DType.F16, 0, 1, 4).gpu();
        twins.gpu.fill(out.wide(), 0xff);
        attention.decode(q.gpu(), requests.onGpu(), requests.batch(true, twins.ints(0, 1, 2), 1), PLAIN.withWindow(7).withSinks(sinks), out.gpu());
        assertThat(out.gpu().narrowRows(1, 1).toFloats()).containsOnly(0f);
    }

    @Test
    void aHeadDimensionThatNoKernelTakesIsNamed() {
        var requests = new Requests(DType.F32, 1, 20, 4, 3);
        var q = twins.random(DType.F32, MARGIN, 1, 20);
        assertThatThrownBy(() -> attention.decode(q.gpu(), requests.onGpu(), requests.batch(true, twins.ints(0, 1), 1), PLAIN, q.gpu()))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("head dimension 20").hasMessageContaining("multiples of 16");
    }
}
