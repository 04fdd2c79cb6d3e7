package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.engine.StaticBatch;
import io.gatun.runtime.model.ModelRunner;
import io.gatun.runtime.multimodal.decode.PictureLimits;
import io.gatun.runtime.multimodal.source.ImageLoader;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every model that sees on the CPU against Hugging Face in fp32: prompts of text, pictures and videos. */
class VlmLogitsTest {
    private static final float TOLERANCE = 2e-3f;

    @ParameterizedTest
    @MethodSource("io.gatun.models.VlmGolden#all")
    void logitsAfterAPrefixAndAfterTheWholePromptMatch(VlmGolden golden) {
        var tokenizer = Tokenizer.fromDirectory(golden.folder());
        try (var runner = ModelRunner.load(options(golden).build())) {
            for (var prompt : golden.prompts()) {
                var expanded = runner.expander(ImageLoader.offline(PictureLimits.DEFAULT)).expand(prompt.text(), prompt.requestMedia(), tokenizer::encode);
                assertThat(expanded.ids()).containsExactly(prompt.inputIds());
                int steps = prompt.outputIds().length;
                try (var whole = StaticBatch.ofExpanded(runner, List.of(expanded), steps);
                        var pieces = StaticBatch.ofExpanded(runner, List.of(expanded), steps)) {
                    float[] last = whole.extend(new int[] {prompt.inputIds().length}).nextTokenLogits().toFloats();
                    assertThat(Golden.maxDifference(prompt.lastLogits(), last, 0)).as("last, %s", prompt.text()).isLessThan(TOLERANCE);
                    float[] mid = pieces.extend(new int[] {prompt.midPosition() + 1}).nextTokenLogits().toFloats();
                    if (pieces.unprefilled(0) == prompt.inputIds().length - prompt.midPosition() - 1) { // a picture that sees itself is not cut
                        assertThat(Golden.maxDifference(prompt.midLogits(), mid, 0)).as("mid, %s", prompt.text()).isLessThan(TOLERANCE);
                    }
                    last = pieces.extend(new int[] {pieces.unprefilled(0)}).nextTokenLogits().toFloats();
                    assertThat(Golden.maxDifference(prompt.lastLogits(), last, 0)).as("last after mid, %s", prompt.text()).isLessThan(TOLERANCE);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.gatun.models.VlmGolden#all")
    void theEngineGivesTheSameGreedyIds(VlmGolden golden) {
        try (var engine = Engine.load(options(golden).chunkedPrefillSize(24).build())) {
            for (int round = 0; round < 2; round++) { // the second time prefixes and embeddings are cached
                var results = engine.generateAll(golden.prompts().stream().map(prompt -> GenerationRequest.of(prompt.text(), prompt.requestMedia(),
                        SamplingParams.builder().temperature(0).maxNewTokens(prompt.outputIds().length).ignoreEos(true).build())).toList());
                for (int i = 0; i < results.size(); i++) {
                    assertThat(results.get(i).outputIds()).as("%s, round %d", golden.prompts().get(i).text(), round)
                            .containsExactly(golden.prompts().get(i).outputIds());
                }
            }
        }
    }

    private static EngineOptions.Builder options(VlmGolden golden) {
        return EngineOptions.builder(golden.folder()).device(DeviceChoice.CPU).contextLength(512).maxTotalTokens(8192);
    }
}
