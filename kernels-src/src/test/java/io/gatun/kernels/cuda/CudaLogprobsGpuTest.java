package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.cuda.Twins.Twin;
import io.gatun.memory.DType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds log softmax, at a place and at the likeliest ones, to the CPU's. */
class CudaLogprobsGpuTest {
    private static final int ROWS = 7;
    private static final double TOLERANCE = 5e-6;

    @TempDir
    static Path cubins;
    private final Random random = new Random(31);
    private Twins twins;
    private CudaSampling sampling;

    @BeforeEach
    void open() {
        twins = Twins.open(cubins);
        sampling = new CudaSampling(twins.launcher);
    }

    @AfterEach
    void close() {
        if (twins != null) {
            twins.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 1000, 1001, 128_256})
    void logprobsAreTheCpus(int vocabulary) {
        var logits = logits(vocabulary);
        var ids = twins.ints(IntStream.range(0, ROWS).map(b -> random.nextInt(vocabulary)).toArray());
        var out = twins.empty(DType.F32, 1, 1, ROWS);
        sampling.logprobs(logits.gpu(), ids.gpu(), out.gpu());
        twins.reference.sampling().logprobs(logits.cpu(), ids.cpu(), out.cpu());
        assertSame(out);
        float[] margins = out.wide().toFloats();
        assertThat(new float[] {margins[0], margins[ROWS + 1]}).containsOnly(Float.NaN);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 1000, 1001, 128_256})
    void topLogprobsAreTheCpus(int vocabulary) {
        var logits = logits(vocabulary);
        for (int k : new int[] {1, 20, 128}) {
            var ids = twins.ints(IntStream.generate(() -> -7).limit(ROWS * k).toArray(), ROWS, k);
            var values = twins.empty(DType.F32, ROWS, k);
            sampling.topLogprobs(logits.gpu(), k, ids.gpu(), values.gpu());
            twins.reference.sampling().topLogprobs(logits.cpu(), k, ids.cpu(), values.cpu());
            assertThat(ids.gpu().toInts()).as("top %d of %d tokens", k, vocabulary).isEqualTo(ids.cpu().toInts());
            assertSame(values);
        }
    }

    /** Normal, tied, masked, far from 0, with hardly a number, and with none; around them what would be the largest if it were read. */
    private Twin logits(int vocabulary) {
        int width = vocabulary + 6;
        float[] values = new float[ROWS * width];
        Arrays.fill(values, 1e30f);
        for (int b = 0; b < ROWS; b++) {
            for (int token = 0; token < vocabulary; token++) {
                float normal = (float) random.nextGaussian();
                values[b * width + 3 + token] = switch (b) {
                    case 0 -> 5 * normal;
                    case 1 -> random.nextInt(6);
                    case 2 -> token % 3 == 0 ? normal : token % 3 == 1 ? Float.NEGATIVE_INFINITY : Float.NaN;
                    case 3 -> 300 + normal;
                    case 4 -> token * 7L % vocabulary < 5 ? normal : Float.NEGATIVE_INFINITY;
                    case 5 -> Float.NEGATIVE_INFINITY;
                    default -> Float.NaN;
                };
            }
        }
        return twins.floats(values, ROWS, width).narrowCols(3, vocabulary);
    }

    /** Also where both are infinite, or both are no number. */
    private static void assertSame(Twin twin) {
        float[] expected = twin.cpu().toFloats();
        float[] actual = twin.gpu().toFloats();
        for (int i = 0; i < expected.length; i++) {
            if (Float.compare(actual[i], expected[i]) != 0) {
                assertThat(Math.abs((double) actual[i] - expected[i])).as("element %d is %s, the CPU's is %s", i, actual[i], expected[i])
                        .isLessThanOrEqualTo(TOLERANCE * Math.max(1, Math.abs(expected[i])));
            }
        }
    }
}
