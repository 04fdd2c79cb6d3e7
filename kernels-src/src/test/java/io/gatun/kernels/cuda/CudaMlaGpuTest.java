package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.AttentionBatch;
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
import org.junit.jupiter.params.provider.MethodSource;

/** Holds latent attention and the products of heads to the CPU's; every slot of the cache that holds no token is NaN. */
class CudaMlaGpuTest {
    private static final float SCALE = 0.1f;
    private static final int MARGIN = 8;

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

    private record Layout(DType type, int rank, int rope, int heads, int pageSize) {
    }

    /** Requests in scattered pages, whose table rows are in reverse, after a dummy. */
    private final class Requests {
        final int[] lens;
        final Twin cache;
        final Twin pageTable;

        Requests(Layout layout, int... lens) {
            this.lens = lens;
            int pageSize = layout.pageSize;
            int maxPages = Math.ceilDiv(Arrays.stream(lens).max().orElseThrow(), pageSize) + 1;
            var free = new ArrayList<>(IntStream.rangeClosed(1, lens.length * maxPages).boxed().toList());
            Collections.shuffle(free, new Random(3));
            cache = twins.empty(layout.type, free.size() + 1L, 1, pageSize, layout.rank + layout.rope);
            int[] table = new int[(lens.length + 1) * maxPages];
            for (int b = 0; b < lens.length; b++) {
                for (int page = 0; page < Math.ceilDiv(lens[b], pageSize); page++) {
                    table[(lens.length - b) * maxPages + page] = free.removeLast();
                }
            }
            pageTable = twins.ints(table, lens.length + 1, maxPages);
            var mla = new CudaMla(twins.launcher, false);
            for (int b = 0; b < lens.length; b++) {
                int first = (lens.length - b) * maxPages;
                var latent = twins.random(layout.type, MARGIN, lens[b], layout.rank);
                var rope = twins.random(layout.type, b % 2 == 0 ? MARGIN : 3, lens[b], layout.rope);
                var slots = twins.ints(IntStream.range(0, lens[b]).map(i -> table[first + i / pageSize] * pageSize + i % pageSize).toArray());
                mla.write(latent.gpu(), rope.gpu(), slots.gpu(), cache.gpu());
                twins.reference.mla().write(latent.cpu(), rope.cpu(), slots.cpu(), cache.cpu());
            }
        }

        AttentionBatch batch(boolean gpu, int[] indptr, int maxQoLen) {
            return batch(gpu, indptr, maxQoLen, lens, IntStream.range(0, lens.length).toArray());
        }

        /** Of the requests {@code which}, as if they had {@code kvLens} tokens. */
        AttentionBatch batch(boolean gpu, int[] indptr, int maxQoLen, int[] kvLens, int[] which) {
            int[] rows = Arrays.stream(which).map(b -> lens.length - b).toArray();
            int maxKvLen = Arrays.stream(kvLens).max().orElseThrow();
            return new AttentionBatch(kvLens.length, ints(gpu, indptr), ints(gpu, kvLens), ints(gpu, rows), gpu ? pageTable.gpu() : pageTable.cpu(), maxQoLen,
                    maxKvLen);
        }

        private Tensor ints(boolean gpu, int[] values) {
            var twin = twins.ints(values);
            return gpu ? twin.gpu() : twin.cpu();
        }
    }

    static Stream<Layout> layouts() {
        return Arrays.stream(Twins.FLOATS).flatMap(type -> Stream.of(new Layout(type, 32, 16, 4, 1), new Layout(type, 64, 32, 1, 16),
                new Layout(type, 512, 64, 16, 64), new Layout(type, 512, 64, 20, 16), new Layout(type, 256, 32, 40, 4), new Layout(type, 288, 48, 3, 8)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layouts")
    void extendAgrees(Layout layout) {
        int[] qoLens = {5, 1, 33, 130, 2, 40};
        int[] indptr = {0, 5, 6, 39, 169, 171, 211};
        var requests = new Requests(layout, 5, 70, 33, 401, 130, 1100);
        var qLatent = twins.random(layout.type, MARGIN, 211, layout.heads * layout.rank);
        var qRope = twins.random(layout.type, MARGIN, 211, layout.heads * layout.rope);
        var out = twins.empty(layout.type, MARGIN, 211, layout.heads * layout.rank);
        int longest = Arrays.stream(qoLens).max().orElseThrow();
        twins.reference.mla().extend(qLatent.cpu(), qRope.cpu(), requests.cache.cpu(), requests.batch(false, indptr, longest), SCALE, out.cpu());
        for (boolean deterministic : new boolean[] {false, true}) {
            twins.gpu.fill(out.wide(), 0xff);
            new CudaMla(twins.launcher, deterministic).extend(qLatent.gpu(), qRope.gpu(), requests.cache.gpu(), requests.batch(true, indptr, longest), SCALE,
                    out.gpu());
            Twins.assertTwins(out, 2 * Twins.rounding(layout.type));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layouts")
    void decodeAgreesWithAnyNumberOfBlocks(Layout layout) {
        int[] lens = {1, 16, 17, 64, 65, 1030, 300, 513};
        var requests = new Requests(layout, lens);
        int[] indptr = IntStream.rangeClosed(0, lens.length).toArray();
        var qLatent = twins.random(layout.type, MARGIN, lens.length, layout.heads * layout.rank);
        var qRope = twins.random(layout.type, MARGIN, lens.length, layout.heads * layout.rope);
        var out = twins.empty(layout.type, MARGIN, lens.length, layout.heads * layout.rank);
        twins.reference.mla().decode(qLatent.cpu(), qRope.cpu(), requests.cache.cpu(), requests.batch(false, indptr, 1), SCALE, out.cpu());
        for (boolean deterministic : new boolean[] {false, true}) {
            var mla = new CudaMla(twins.launcher, deterministic);
            for (int blocks : new int[] {1, 2, 3}) {
                twins.gpu.fill(out.wide(), 0xff);
                mla.decode(blocks, qLatent.gpu(), qRope.gpu(), requests.cache.gpu(), requests.batch(true, indptr, 1), SCALE, out.gpu());
                Twins.assertTwins(out, 2 * Twins.rounding(layout.type));
            }
            twins.gpu.fill(out.wide(), 0xff);
            mla.decode(qLatent.gpu(), qRope.gpu(), requests.cache.gpu(), requests.batch(true, indptr, 1), SCALE, out.gpu());
            Twins.assertTwins(out, 2 * Twins.rounding(layout.type));
        }
    }

    static Stream<Layout> invariantLayouts() {
        return Arrays.stream(Twins.FLOATS).flatMap(type -> Stream.of(new Layout(type, 512, 64, 16, 16), new Layout(type, 32, 16, 5, 16)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("invariantLayouts")
    void inDeterministicModeATokenHasTheSameBitsInWhateverPiecesItsPromptIsCutAndWhenItIsDecoded(Layout layout) {
        int len = 1300;
        int width = layout.heads * layout.rank;
        var requests = new Requests(layout, 40, len);
        var mla = new CudaMla(twins.launcher, true);
        var cache = requests.cache.gpu();
        var qLatent = twins.random(layout.type, MARGIN, len, width).gpu();
        var qRope = twins.random(layout.type, MARGIN, len, layout.heads * layout.rope).gpu();
        var whole = twins.empty(layout.type, 0, len, width).gpu();
        mla.extend(qLatent, qRope, cache, requests.batch(true, new int[] {0, len}, len, new int[] {len}, new int[] {1}), SCALE, whole);
        float[] expected = whole.toFloats();
        var random = new Random(5);
        for (int from = 0, to; from < len; from = to) {
            to = Math.min(len, from + 1 + random.nextInt(500));
            var piece = twins.empty(layout.type, 0, to - from, width).gpu();
            var batch = requests.batch(true, new int[] {0, to - from}, to - from, new int[] {to}, new int[] {1});
            mla.extend(qLatent.narrowRows(from, to - from), qRope.narrowRows(from, to - from), cache, batch, SCALE, piece);
            assertThat(piece.toFloats()).as("positions %d to %d", from, to).isEqualTo(Arrays.copyOfRange(expected, from * width, to * width));
        }
        int[] lens = {1, 33, 511, 512, 513, 1024, 1025, len};
        var latents = twins.empty(layout.type, 0, lens.length, width).gpu();
        var ropes = twins.empty(layout.type, 0, lens.length, layout.heads * layout.rope).gpu();
        for (int i = 0; i < lens.length; i++) {
            latents.narrowRows(i, 1).copyFrom(qLatent.narrowRows(lens[i] - 1, 1).toFloats());
            ropes.narrowRows(i, 1).copyFrom(qRope.narrowRows(lens[i] - 1, 1).toFloats());
        }
        int[] same = new int[lens.length];
        Arrays.fill(same, 1);
        var batch = requests.batch(true, IntStream.rangeClosed(0, lens.length).toArray(), 1, lens, same);
        var rows = twins.empty(layout.type, 0, lens.length, width).gpu();
        for (int blocks : new int[] {1, 2, 3}) {
            twins.gpu.fill(rows, 0xff);
            mla.decode(blocks, latents, ropes, cache, batch, SCALE, rows);
            for (int i = 0; i < lens.length; i++) {
                assertThat(rows.narrowRows(i, 1).toFloats()).as("decoded at %d by %d blocks", lens[i], blocks)
                        .isEqualTo(Arrays.copyOfRange(expected, (lens[i] - 1) * width, lens[i] * width));
            }
        }
    }

    @Test
    void decodingAnEmptyRequestGivesZeros() {
        var layout = new Layout(DType.BF16, 64, 16, 4, 16);
        var requests = new Requests(layout, 40, 0);
        var qLatent = twins.random(layout.type, 0, 2, 4 * 64).gpu();
        var qRope = twins.random(layout.type, 0, 2, 4 * 16).gpu();
        for (boolean deterministic : new boolean[] {false, true}) {
            var out = twins.empty(layout.type, 0, 2, 4 * 64).gpu();
            new CudaMla(twins.launcher, deterministic).decode(qLatent, qRope, requests.cache.gpu(), requests.batch(true, new int[] {0, 1, 2}, 1), SCALE, out);
            assertThat(out.narrowRows(1, 1).toFloats()).containsOnly(0f);
            assertThat(out.narrowRows(0, 1).toFloats()).doesNotContain(Float.NaN);
        }
    }

    @Test
    void sizesThatTheKernelDoesNotDoAreNamed() {
        var layout = new Layout(DType.BF16, 24, 16, 4, 16);
        var requests = new Requests(layout, 3);
        var qLatent = twins.random(layout.type, 0, 1, 4 * 24).gpu();
        var qRope = twins.random(layout.type, 0, 1, 4 * 16).gpu();
        var batch = requests.batch(true, new int[] {0, 1}, 1);
        assertThatThrownBy(() -> new CudaMla(twins.launcher, false).decode(qLatent, qRope, requests.cache.gpu(), batch, SCALE, qLatent))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("latents of 24 elements");
    }

    @Test
    void productsOfHeadsAgreeAndDoNotDependOnTheNumberOfRows() {
        int[][] sizes = {{4, 16, 32}, {3, 48, 136}, {16, 128, 512}, {8, 512, 128}, {2, 192, 64}};
        for (var type : Twins.FLOATS) {
            for (int[] s : sizes) {
                int heads = s[0];
                int k = s[1];
                int n = s[2];
                var linear = new CudaLinear(twins.launcher, true);
                var x = twins.random(type, MARGIN, 150, heads * k);
                var weight = twins.random(type, 0, heads * n, k);
                var out = twins.empty(type, MARGIN, 150, heads * n);
                linear.linearHeads(x.gpu(), weight.gpu().view(heads, n, k), out.gpu());
                twins.reference.linear().linearHeads(x.cpu(), weight.cpu().view(heads, n, k), out.cpu());
                Twins.assertTwins(out, type == DType.F32 ? 1e-4 : Twins.rounding(type));
                float[] expected = out.gpu().toFloats();
                for (int m : new int[] {1, 15, 16, 17, 65}) {
                    var part = twins.empty(type, 0, m, heads * n).gpu();
                    linear.linearHeads(x.gpu().narrowRows(31, m), weight.gpu().view(heads, n, k), part);
                    assertThat(part.toFloats()).as("%d rows", m).isEqualTo(Arrays.copyOfRange(expected, 31 * heads * n, (31 + m) * heads * n));
                }
            }
        }
    }
}
