package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.Pooling;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.sampling.SamplingParams;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models that embed or score, on the CPU against Hugging Face in fp32. */
class PoolingModelsTest {
    private static final float TOLERANCE = 1e-3f;

    @ParameterizedTest
    @MethodSource("io.gatun.models.Golden#pooling")
    void embeddingsAndScoresMatch(Golden golden) {
        assertMatches(golden, golden.options(DeviceChoice.CPU));
    }

    /** Twice: the second time with cached prefixes. */
    static void assertMatches(Golden golden, EngineOptions.Builder options) {
        try (var engine = Engine.load(options.chunkedPrefillSize(48).build())) {
            var ids = golden.pooled().stream().map(Golden.Pooled::inputIds).toList();
            for (int round = 0; round < 2; round++) {
                var actual = golden.kind() == Golden.Kind.SCORE ? engine.classifyIds(ids) : engine.encodeIds(ids, Pooling.LAST, true);
                for (int i = 0; i < ids.size(); i++) {
                    var expected = golden.pooled().get(i).expected();
                    assertThat(actual.get(i)).hasSameSizeAs(expected);
                    assertThat(Golden.maxDifference(expected, actual.get(i), 0)).as("%s, prompt %d", golden.name(), i).isLessThan(TOLERANCE);
                }
            }
        }
    }

    @Test
    void whatAModelCannotDoIsRefused() {
        try (var engine = Engine.load(Golden.named("qwen3-reward-bf16").options(DeviceChoice.CPU).build())) {
            assertThatThrownBy(() -> engine.generateIds(List.of(new int[] {1}), SamplingParams.greedy(1))).isInstanceOf(RequestException.class)
                    .hasMessage("Qwen3ForSequenceClassification scores sequences by classes and generates nothing; use classify");
            assertThatThrownBy(() -> engine.encodeIds(List.of(new int[] {1}), Pooling.LAST, true)).isInstanceOf(RequestException.class)
                    .hasMessage("Qwen3ForSequenceClassification scores sequences by classes; use classify");
        }
        try (var engine = Engine.load(Golden.named("qwen3-tied-bf16").options(DeviceChoice.CPU).build())) {
            assertThatThrownBy(() -> engine.classifyIds(List.of(new int[] {1}))).isInstanceOf(RequestException.class)
                    .hasMessage("Qwen3ForCausalLM predicts tokens and has no classes; use generate or encode");
        }
    }
}
