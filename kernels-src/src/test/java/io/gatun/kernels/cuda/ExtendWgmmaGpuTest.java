package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.AttentionOptions;
import io.gatun.kernels.KvCache;
import io.gatun.kernels.cuda.Twins.Twin;
import io.gatun.memory.DType;
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
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds extending on Hopper to the CPU's on ragged batches; every slot of the cache that holds no token is NaN. */
@Timeout(300)
class ExtendWgmmaGpuTest {
    private static final AttentionOptions PLAIN = AttentionOptions.of(0.2f);
    private static final int MARGIN = 8;
    private static final int PAGE_SIZE = 64;

    @TempDir
    static Path cubins;
    private Twins twins;
    private CudaAttention attention;

    @BeforeEach
    void open() {
        twins = Twins.open(cubins);
        if (twins.gpu.computeCapability() != 90) {
            abort("needs a GPU of compute capability 9.0; this one has " + twins.gpu.computeCapability());
        }
        attention = new CudaAttention(twins.launcher);
    }

    @AfterEach
    void close() {
        if (twins != null) {
            twins.close();
        }
    }

    private record Heads(DType type, int headDim, int heads, int kvHeads) {
    }

    /**
     * The requests of a batch.
     *
     * @param newTokens of each
     * @param lens tokens of each, the new ones included
     */
    private record Lengths(String name, int[] newTokens, int[] lens) {
        static final Lengths RAGGED = new Lengths("ragged", new int[] {5, 1, 33, 130, 0, 2, 700}, new int[] {5, 70, 33, 401, 64, 130, 700});
        static final Lengths ON_EDGES = new Lengths("on edges", new int[] {64, 128, 1, 32, 96, 200}, new int[] {64, 128, 128, 1024, 1120, 2049});
        static final Lengths MANY = new Lengths("many", IntStream.range(0, 70).map(i -> 1 + i * 7 % 40).toArray(),
                IntStream.range(0, 70).map(i -> 1 + i * 7 % 40 + i * 13 % 300).toArray());

        int maxNewTokens() {
            return Arrays.stream(newTokens).max().orElseThrow();
        }

        int tokens() {
            return Arrays.stream(newTokens).sum();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** A batch on both devices, whose keys and values lie in scattered pages. The table has the requests in reverse, after a dummy. */
    private final class Problem {
        final Heads heads;
        final Lengths lengths;
        final Twin q;
        final Twin out;
        final Twin sinks;
        private final Twin k;
        private final Twin v;
        private final Twin pageTable;
        private final Twin indptr;

        Problem(Heads heads, Lengths lengths) {
            this.heads = heads;
            this.lengths = lengths;
            int[] lens = lengths.lens();
            int maxPages = Math.ceilDiv(Arrays.stream(lens).max().orElseThrow(), PAGE_SIZE) + 1;
            int pages = 1 + Arrays.stream(lens).map(len -> Math.ceilDiv(len, PAGE_SIZE)).sum();
            var free = new ArrayList<>(IntStream.range(1, pages).boxed().toList());
            Collections.shuffle(free, new Random(3));
            k = twins.empty(heads.type(), pages, heads.kvHeads(), PAGE_SIZE, heads.headDim());
            v = twins.empty(heads.type(), pages, heads.kvHeads(), PAGE_SIZE, heads.headDim());
            int[] table = new int[(lens.length + 1) * maxPages];
            int[] starts = new int[lens.length + 1];
            for (int b = 0; b < lens.length; b++) {
                int row = (lens.length - b) * maxPages;
                for (int page = 0; page < Math.ceilDiv(lens[b], PAGE_SIZE); page++) {
                    table[row + page] = free.removeLast();
                }
                var newK = twins.random(heads.type(), MARGIN, lens[b], heads.kvHeads() * heads.headDim());
                var newV = twins.random(heads.type(), MARGIN, lens[b], heads.kvHeads() * heads.headDim());
                var slots = twins.ints(IntStream.range(0, lens[b]).map(i -> table[row + i / PAGE_SIZE] * PAGE_SIZE + i % PAGE_SIZE).toArray());
                attention.writeKv(newK.gpu(), newV.gpu(), slots.gpu(), cache(true));
                twins.reference.attention().writeKv(newK.cpu(), newV.cpu(), slots.cpu(), cache(false));
                starts[b + 1] = starts[b] + lengths.newTokens()[b];
            }
            pageTable = twins.ints(table, lens.length + 1, maxPages);
            indptr = twins.ints(starts);
            q = twins.random(heads.type(), MARGIN, lengths.tokens(), heads.heads() * heads.headDim());
            out = twins.empty(heads.type(), MARGIN, lengths.tokens(), heads.heads() * heads.headDim());
            sinks = twins.random(heads.type(), 0, 1, heads.heads());
        }

        KvCache cache(boolean gpu) {
            return gpu ? new KvCache(k.gpu(), v.gpu()) : new KvCache(k.cpu(), v.cpu());
        }

        AttentionBatch batch(boolean gpu) {
            int size = lengths.lens().length;
            var kvLens = twins.ints(lengths.lens());
            var rows = twins.ints(IntStream.range(0, size).map(b -> size - b).toArray());
            int maxLen = Arrays.stream(lengths.lens()).max().orElseThrow();
            return gpu ? new AttentionBatch(size, indptr.gpu(), kvLens.gpu(), rows.gpu(), pageTable.gpu(), lengths.maxNewTokens(), maxLen)
                    : new AttentionBatch(size, indptr.cpu(), kvLens.cpu(), rows.cpu(), pageTable.cpu(), lengths.maxNewTokens(), maxLen);
        }

        ExtendWgmmaPlan plan(AttentionOptions options) {
            return ExtendWgmmaPlan.choose(AttentionVariant.of("extend", q.gpu(), cache(true), options, out.gpu()), 90).orElseThrow();
        }

        void extendOnGpu(ExtendWgmmaPlan plan, AttentionBatch batch, AttentionOptions options) {
            attention.extend(plan, q.gpu(), cache(true), batch, options, out.gpu());
        }
    }

    static Stream<Arguments> problems() {
        var all = new ArrayList<Arguments>();
        for (var lengths : new Lengths[] {Lengths.RAGGED, Lengths.ON_EDGES, Lengths.MANY}) {
            for (var type : new DType[] {DType.BF16, DType.F16}) {
                for (int headDim : new int[] {64, 128}) {
                    for (int[] heads : new int[][] {{3, 3}, {8, 2}, {8, 1}, {7, 1}, {16, 1}, {12, 2}}) {
                        all.add(Arguments.of(new Heads(type, headDim, heads[0], heads[1]), lengths, PLAIN, false));
                    }
                }
            }
            for (int window : new int[] {1, 17, 64, 129, 333}) {
                all.add(Arguments.of(new Heads(DType.BF16, 128, 8, 2), lengths, PLAIN.withWindow(window), false));
                all.add(Arguments.of(new Heads(DType.BF16, 64, 8, 1), lengths, PLAIN.withWindow(window), true));
            }
            all.add(Arguments.of(new Heads(DType.BF16, 128, 4, 2), lengths, PLAIN.withLogitCap(3), false));
            all.add(Arguments.of(new Heads(DType.F16, 128, 4, 4), lengths, PLAIN.withLogitCap(50).withWindow(100), true));
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0}, {1}, {2}, sinks: {3}")
    @MethodSource("problems")
    void agrees(Heads heads, Lengths lengths, AttentionOptions options, boolean hasSinks) {
        var problem = new Problem(heads, lengths);
        var onGpu = hasSinks ? options.withSinks(problem.sinks.gpu()) : options;
        var onCpu = hasSinks ? options.withSinks(problem.sinks.cpu()) : options;
        twins.reference.attention().extend(problem.q.cpu(), problem.cache(false), problem.batch(false), onCpu, problem.out.cpu());
        var plan = problem.plan(onGpu);
        for (var each : new ExtendWgmmaPlan[] {plan.withBoundedWaits(), plan}) {
            twins.gpu.fill(problem.out.wide(), 0xff);
            problem.extendOnGpu(each, problem.batch(true), onGpu);
            Twins.assertTwins(problem.out, Twins.rounding(heads.type()));
        }
    }

    @Test
    void isWhatExtendingChoosesOnHopper() {
        var problem = new Problem(new Heads(DType.BF16, 128, 8, 2), Lengths.RAGGED);
        var batch = problem.batch(true);
        problem.extendOnGpu(problem.plan(PLAIN), batch, PLAIN);
        float[] expected = problem.out.gpu().toFloats();
        twins.gpu.fill(problem.out.wide(), 0xff);
        attention.extend(problem.q.gpu(), problem.cache(true), batch, PLAIN, problem.out.gpu());
        assertThat(problem.out.gpu().toFloats()).isEqualTo(expected);
    }

    @Test
    void givesTheSameBitsInThousandsOfLaunches() {
        for (var lengths : new Lengths[] {Lengths.RAGGED, Lengths.ON_EDGES, Lengths.MANY}) {
            for (int headDim : new int[] {64, 128}) {
                var problem = new Problem(new Heads(DType.BF16, headDim, 8, 2), lengths);
                var batch = problem.batch(true);
                problem.extendOnGpu(problem.plan(PLAIN).withBoundedWaits(), batch, PLAIN);
                float[] expected = problem.out.gpu().toFloats();
                for (int round = 0; round < 10; round++) {
                    twins.gpu.fill(problem.out.wide(), 0xff);
                    for (int i = 0; i < 200; i++) {
                        problem.extendOnGpu(problem.plan(PLAIN), batch, PLAIN);
                    }
                    assertThat(problem.out.gpu().toFloats()).isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void nothingToExtendIsNothingToDo() {
        var problem = new Problem(new Heads(DType.BF16, 128, 8, 2), new Lengths("none", new int[] {0, 1, 0}, new int[] {70, 1, 64}));
        problem.extendOnGpu(problem.plan(PLAIN).withBoundedWaits(), problem.batch(true), PLAIN);
        twins.reference.attention().extend(problem.q.cpu(), problem.cache(false), problem.batch(false), PLAIN, problem.out.cpu());
        Twins.assertTwins(problem.out, Twins.rounding(DType.BF16));
    }
}
