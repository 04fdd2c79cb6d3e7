package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.engine.GenerationRequest.Prompt;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.runtime.weights.SafetensorsCheckpoint;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A prompt given as the embeddings of its tokens. */
class InputEmbedsTest {
    private static final Path SAMPLE = Path.of("samples/llama");
    private static final ValueLayout.OfShort BF16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final SamplingParams PARAMS = SamplingParams.builder().temperature(0).maxNewTokens(24).ignoreEos(true).build();

    @Test
    void theEmbeddingsOfTokensAnswerAsTheTokensDo() {
        try (var engine = Engine.load(EngineOptions.builder(SAMPLE).device(DeviceChoice.CPU).chunkedPrefillSize(4).mmEmbeddingCacheBytes(1 << 20).build())) {
            for (String text : List.of("The capital of France is", "Hello, my name is")) {
                int[] ids = engine.tokenizer().orElseThrow().encode(text);
                int[] expected = answer(engine, new Prompt.Ids(ids, List.of()));
                assertThat(answer(engine, new Prompt.Embeddings(embeddings(ids)))).isEqualTo(expected);
                assertThat(answer(engine, new Prompt.Embeddings(embeddings(ids)))).as("again, from the cache").isEqualTo(expected);
            }
        }
    }

    private static int[] answer(Engine engine, Prompt prompt) {
        return engine.generate(new GenerationRequest(prompt, PARAMS, Optional.empty())).getFirst().outputIds();
    }

    private static float[] embeddings(int[] ids) {
        try (var checkpoint = SafetensorsCheckpoint.open(SAMPLE)) {
            var table = checkpoint.find("model.embed_tokens.weight").orElseThrow();
            int hidden = (int) table.shape().dim(1);
            var values = new float[ids.length * hidden];
            for (int i = 0; i < values.length; i++) {
                long at = (long) ids[i / hidden] * hidden + i % hidden;
                values[i] = Float.intBitsToFloat(table.data().get(BF16, at * Short.BYTES) << 16);
            }
            return values;
        }
    }
}
