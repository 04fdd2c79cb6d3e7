package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.AttentionBatch;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CpuMlaTest {
    private static final float SCALE = 0.2f;
    private static final int[] LENS = {5, 1, 65, 40};
    private static final int[] NEW = {5, 1, 33, 2};

    private final Fixture fixture = new Fixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    /** Latents and rotated keys of requests in pages that count down, the same as plain matrices, and queries of the new tokens. */
    private final class Requests {
        final Tensor[] latents = new Tensor[LENS.length];
        final Tensor[] ropes = new Tensor[LENS.length];
        final Tensor cache;
        final Tensor pageTable;
        final Tensor qLatent;
        final Tensor qRope;
        final int rank;
        final int rope;
        final int heads;

        Requests(CpuKernels kernels, DType dtype, int rank, int rope, int heads, int pageSize) {
            this.rank = rank;
            this.rope = rope;
            this.heads = heads;
            int maxPages = Math.ceilDiv(65, pageSize);
            int pages = LENS.length * maxPages;
            cache = fixture.empty(dtype, pages, 1, pageSize, rank + rope);
            pageTable = fixture.emptyInts(LENS.length, maxPages).copyFrom(IntStream.range(0, pages).map(i -> pages - 1 - i).toArray());
            for (int b = 0; b < LENS.length; b++) {
                int request = b;
                latents[b] = fixture.randomWithGaps(dtype, LENS[b], rank, 3);
                ropes[b] = fixture.randomWithGaps(dtype, LENS[b], rope, 2);
                var slots = IntStream.range(0, LENS[b]).map(i -> (pages - 1 - request * maxPages - i / pageSize) * pageSize + i % pageSize).toArray();
                kernels.mla().write(latents[b], ropes[b], fixture.ints(slots), cache);
            }
            qLatent = fixture.randomWithGaps(dtype, 41, heads * rank, 1);
            qRope = fixture.randomWithGaps(dtype, 41, heads * rope, 5);
        }

        AttentionBatch batch() {
            return new AttentionBatch(LENS.length, fixture.ints(0, 5, 6, 39, 41), fixture.ints(LENS), fixture.ints(0, 1, 2, 3), pageTable, 33, 65);
        }

        double[] naive(int row, int b, int len) {
            float[] latentQuery = qLatent.narrowRows(row, 1).toFloats();
            float[] ropeQuery = qRope.narrowRows(row, 1).toFloats();
            float[] latent = latents[b].toFloats();
            float[] key = ropes[b].toFloats();
            double[] out = new double[heads * rank];
            for (int head = 0; head < heads; head++) {
                double[] weights = new double[len];
                double sum = 0;
                for (int i = 0; i < len; i++) {
                    double score = 0;
                    for (int c = 0; c < rank; c++) {
                        score += (double) latentQuery[head * rank + c] * latent[i * rank + c];
                    }
                    for (int c = 0; c < rope; c++) {
                        score += (double) ropeQuery[head * rope + c] * key[i * rope + c];
                    }
                    weights[i] = Math.exp(score * SCALE);
                    sum += weights[i];
                }
                for (int i = 0; i < len; i++) {
                    for (int c = 0; c < rank; c++) {
                        out[head * rank + c] += weights[i] / sum * latent[i * rank + c];
                    }
                }
            }
            return out;
        }
    }

    static Stream<Arguments> layouts() {
        return Stream.of(Fixture.FLOATS).flatMap(dtype -> Stream.of(Arguments.of(dtype, 32, 16, 4, 1), Arguments.of(dtype, 24, 6, 1, 16),
                Arguments.of(dtype, 64, 8, 16, 4)));
    }

    @ParameterizedTest(name = "{0} {1} + {2}, {3} heads, pages of {4}")
    @MethodSource("layouts")
    void attendsLikeTheNaiveSoftmaxAndAlikeWhetherExtendedOrDecoded(DType dtype, int rank, int rope, int heads, int pageSize) {
        try (var kernels = new CpuKernels(fixture.device, 2)) {
            var requests = new Requests(kernels, dtype, rank, rope, heads, pageSize);
            var out = fixture.emptyWithGaps(dtype, 41, heads * rank, 1);
            kernels.mla().extend(requests.qLatent, requests.qRope, requests.cache, requests.batch(), SCALE, out);
            int row = 0;
            for (int b = 0; b < LENS.length; b++) {
                for (int i = 0; i < NEW[b]; i++, row++) {
                    Fixture.assertClose(out.narrowRows(row, 1), requests.naive(row, b, LENS[b] - NEW[b] + i + 1), Fixture.epsilon(dtype) + 1e-5);
                }
                var alone = new AttentionBatch(1, fixture.ints(0, 1), fixture.ints(LENS[b]), fixture.ints(b), requests.pageTable, 1, 65);
                var decoded = fixture.empty(dtype, 1, heads * rank);
                kernels.mla().decode(requests.qLatent.narrowRows(row - 1, 1), requests.qRope.narrowRows(row - 1, 1), requests.cache, alone, SCALE, decoded);
                assertThat(decoded.toFloats()).isEqualTo(out.narrowRows(row - 1, 1).toFloats());
            }
        }
    }

    @Test
    void refusesQueriesThatDoNotFitTheCache() {
        try (var kernels = new CpuKernels(fixture.device, 1)) {
            var requests = new Requests(kernels, DType.F32, 32, 16, 4, 4);
            var narrow = fixture.random(DType.F32, 41, 4 * 12);
            var out = fixture.empty(DType.F32, 41, 4 * 32);
            assertThatThrownBy(() -> kernels.mla().extend(requests.qLatent, narrow, requests.cache, requests.batch(), SCALE, out))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("multiple of 1 key heads of 48");
        }
    }
}
