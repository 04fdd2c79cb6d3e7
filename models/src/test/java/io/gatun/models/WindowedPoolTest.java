package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.sampling.SamplingParams;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where every layer has a window, a request may be longer than the KV cache. */
class WindowedPoolTest {
    private static final int CHUNK = 8;
    private static final int PAGE = 4;
    /** Twice the windows of these checkpoints, a chunk and two pages. */
    private static final int ENOUGH = 2 * 40 + CHUNK + 2 * PAGE;
    private static final int PROMPT = 120;
    private static final int OUTPUT = 60;

    @ParameterizedTest
    @CsvSource({"mistral-window-bf16, false", "mistral-window-bf16, true", "mixtral-window-f16, false", "phi3-window-f16, false"})
    void longRequestsGoThroughASmallCache(String name, boolean disableRadixCache) {
        var golden = Golden.named(name);
        var prompts = IntStream.range(0, 4).mapToObj(seed -> IntStream.range(0, PROMPT).map(i -> (i * i + 7 * seed * i) % 250).toArray()).toList();
        var params = SamplingParams.builder().temperature(0).maxNewTokens(OUTPUT).ignoreEos(true).build();
        try (var large = Engine.load(options(golden, disableRadixCache).maxTotalTokens(4096).build());
                var small = Engine.load(options(golden, disableRadixCache).maxTotalTokens(ENOUGH).build())) {
            var expected = large.generateIds(prompts, params);
            var actual = small.generateIds(prompts, params);
            for (int i = 0; i < prompts.size(); i++) {
                assertThat(actual.get(i).outputIds()).hasSize(OUTPUT).isEqualTo(expected.get(i).outputIds());
            }
            assertThat(small.stats().totalTokens()).isLessThan(PROMPT);
        }
    }

    @Test
    void whereOneLayerSeesAllTheCacheBoundsTheRequest() {
        var golden = Golden.named("ministral-layers-bf16");
        try (var engine = Engine.load(options(golden, false).maxTotalTokens(ENOUGH).build())) {
            assertThatThrownBy(() -> engine.generateIds(List.of(new int[PROMPT]), SamplingParams.greedy(1))).isInstanceOf(RequestException.class)
                    .hasMessageContaining("the prompt has 120 tokens, but the KV cache holds 96");
        }
    }

    private static EngineOptions.Builder options(Golden golden, boolean disableRadixCache) {
        return golden.options(DeviceChoice.CPU).chunkedPrefillSize(CHUNK).pageSize(PAGE).disableRadixCache(disableRadixCache);
    }
}
