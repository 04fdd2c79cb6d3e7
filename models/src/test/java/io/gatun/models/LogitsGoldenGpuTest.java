package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatun.bindings.Cuda;
import io.gatun.bindings.CudaStatus;
import io.gatun.kernels.DeviceChoice;
import io.gatun.memory.DType;
import io.gatun.runtime.engine.StaticBatch;
import io.gatun.runtime.model.ModelRunner;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every registered model on the GPU against Hugging Face in fp32. */
class LogitsGoldenGpuTest {
    private static final float TOLERANCE = 1e-3f;
    /** Error over the norm of the logits of most prompts; scripts/gpu/suite.sh sets it beside Hugging Face's own. */
    private static final double HALF_PRECISION_TOLERANCE = 0.25;
    /** The same of a prompt where a router's close choice falls otherwise. */
    private static final double OTHER_EXPERT_TOLERANCE = 0.6;

    @BeforeEach
    void requireGpu() {
        if (Cuda.probe() instanceof CudaStatus.Unavailable missing) {
            assumeTrue(false, missing.message());
        }
    }

    @ParameterizedTest
    @MethodSource("io.gatun.models.Golden#generating")
    void logitsInFp32MatchAfterAPrefixAndAfterTheWholePrompt(Golden golden) {
        try (var runner = load(golden, DType.F32)) {
            for (var prompt : golden.prompts()) {
                try (var batch = new StaticBatch(runner, List.of(prompt.inputIds()), prompt.outputIds().length)) {
                    float[] mid = batch.extend(new int[] {prompt.midPosition() + 1}).nextTokenLogits().toFloats();
                    assertThat(Golden.maxDifference(prompt.midLogits(), mid, 0)).isLessThan(TOLERANCE);
                    if (batch.unprefilled(0) > 0) {
                        float[] last = batch.extend(new int[] {batch.unprefilled(0)}).nextTokenLogits().toFloats();
                        assertThat(Golden.maxDifference(prompt.lastLogits(), last, 0)).isLessThan(TOLERANCE);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.gatun.models.Golden#generating")
    void aRaggedBatchInFp32GivesTheSameGreedyIds(Golden golden) {
        try (var runner = load(golden, DType.F32);
                var batch = new StaticBatch(runner, golden.inputs(), golden.prompts().getFirst().outputIds().length)) {
            batch.prefill(48);
            var all = IntStream.range(0, batch.size()).boxed().toList();
            for (int step = 1; step < golden.prompts().getFirst().outputIds().length; step++) {
                batch.decode(all);
            }
            for (int i : all) {
                int[] expected = golden.prompts().get(i).outputIds();
                assertThat(Arrays.copyOf(batch.outputIds(i), expected.length)).as("prompt %d", i).containsExactly(expected);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.gatun.models.Golden#generating")
    void logitsInHalfPrecisionAreClose(Golden golden) {
        for (var dtype : List.of(DType.BF16, DType.F16)) {
            try (var runner = load(golden, dtype)) {
                double[] errors = golden.prompts().stream().mapToDouble(prompt -> {
                    try (var batch = new StaticBatch(runner, List.of(prompt.inputIds()), 1)) {
                        float[] last = batch.extend(new int[] {prompt.inputIds().length}).nextTokenLogits().toFloats();
                        return relativeError(prompt.lastLogits(), last);
                    }
                }).sorted().toArray();
                assertThat(errors[errors.length / 2]).as("%s, median of %s", dtype, Arrays.toString(errors)).isLessThan(HALF_PRECISION_TOLERANCE);
                assertThat(errors[errors.length - 1]).as("%s, largest of %s", dtype, Arrays.toString(errors)).isLessThan(OTHER_EXPERT_TOLERANCE);
            }
        }
    }

    static double relativeError(float[] expected, float[] actual) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            error += Math.pow(expected[i] - actual[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.sqrt(error / norm);
    }

    private static ModelRunner load(Golden golden, DType dtype) {
        return ModelRunner.load(golden.options(DeviceChoice.CUDA).dtype(dtype).maxTotalTokens(4096)
                .chunkedPrefillSize(256).build());
    }
}
