package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.StaticBatch;
import io.gatun.runtime.model.ModelRunner;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every registered model on the CPU against Hugging Face in fp32. */
class LogitsGoldenTest {
    private static final float TOLERANCE = 1e-3f;

    @ParameterizedTest
    @MethodSource("io.gatun.models.Golden#generating")
    void logitsAfterAPrefixAndAfterTheWholePromptMatch(Golden golden) {
        try (var runner = load(golden)) {
            for (var prompt : golden.prompts()) {
                try (var batch = new StaticBatch(runner, List.of(prompt.inputIds()), prompt.outputIds().length)) {
                    int prefix = prompt.midPosition() + 1;
                    float[] mid = batch.extend(new int[] {prefix}).nextTokenLogits().toFloats();
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
    void aRaggedBatchInSmallChunksGivesTheSameGreedyIds(Golden golden) {
        try (var runner = load(golden)) {
            int newTokens = golden.prompts().getFirst().outputIds().length;
            try (var batch = new StaticBatch(runner, golden.inputs(), newTokens)) {
                batch.prefill(48);
                var all = IntStream.range(0, batch.size()).boxed().toList();
                for (int step = 1; step < newTokens; step++) {
                    batch.decode(all);
                }
                for (int i : all) {
                    assertThat(batch.outputIds(i)).as("prompt %d", i).containsExactly(golden.prompts().get(i).outputIds());
                }
            }
        }
    }

    private static ModelRunner load(Golden golden) {
        return ModelRunner.load(golden.options(DeviceChoice.CPU).build());
    }
}
