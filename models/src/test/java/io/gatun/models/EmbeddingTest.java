package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.Pooling;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.sampling.SamplingParams;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Embeddings against Hugging Face's in fp32. */
class EmbeddingTest {
    private static final float TOLERANCE = 1e-3f;

    private record Entry(int[] ids, JsonNode json) {
        float[] expected(Pooling pooling) {
            var numbers = json.get(pooling.name());
            float[] expected = new float[numbers.size()];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = numbers.get(i).floatValue();
            }
            return expected;
        }
    }

    @ParameterizedTest
    @EnumSource(Pooling.class)
    void hiddenStatesArePooledAsAsked(Pooling pooling) throws IOException {
        try (var engine = engine(options -> { })) {
            assertAgrees(engine, pooling);
        }
    }

    @ParameterizedTest
    @EnumSource(Pooling.class)
    void chunksAndCachedPrefixesChangeNothing(Pooling pooling) throws IOException {
        try (var engine = engine(options -> options.chunkedPrefillSize(13).pageSize(4).disableOverlapSchedule(false))) {
            engine.generateIds(entries().stream().map(Entry::ids).toList(), SamplingParams.greedy(3));
            assertAgrees(engine, pooling);
            assertAgrees(engine, pooling);
            assertThat(engine.stats().running()).isZero();
        }
    }

    @Test
    void normalizedEmbeddingsHaveLengthOne() throws IOException {
        try (var engine = engine(options -> { })) {
            for (float[] embedding : engine.encodeIds(entries().stream().map(Entry::ids).toList(), Pooling.MEAN, true)) {
                double sum = 0;
                for (float x : embedding) {
                    sum += x * x;
                }
                assertThat(sum).isCloseTo(1, within(1e-5));
            }
        }
    }

    @Test
    void aTextLongerThanTheContextIsRefused() {
        try (var engine = engine(options -> options.contextLength(20))) {
            assertThat(engine.encodeIds(List.of(new int[20]), Pooling.LAST, false)).hasSize(1);
            assertThatThrownBy(() -> engine.encodeIds(List.of(new int[21]), Pooling.LAST, false)).isInstanceOf(RequestException.class)
                    .hasMessage("the prompt has 21 tokens, which is more than the context length of 20");
            assertThat(engine.encode(List.of("12 + 30 ="), Pooling.LAST, true).getFirst()).hasSize(engine.config().hiddenSize());
        }
    }

    private static void assertAgrees(Engine engine, Pooling pooling) throws IOException {
        var entries = entries();
        var embeddings = engine.encodeIds(entries.stream().map(Entry::ids).toList(), pooling, false);
        for (int i = 0; i < entries.size(); i++) {
            assertThat(embeddings.get(i)).as("prompt %d", i).containsExactly(entries.get(i).expected(pooling), within(TOLERANCE));
        }
    }

    private static List<Entry> entries() throws IOException {
        var entries = new ArrayList<Entry>();
        for (var entry : new ObjectMapper().readTree(EmbeddingTest.class.getResource("/sample-embeddings.json"))) {
            entries.add(new Entry(StreamSupport.stream(entry.get("input_ids").spliterator(), false).mapToInt(JsonNode::intValue).toArray(), entry));
        }
        return entries;
    }

    private static Engine engine(Consumer<EngineOptions.Builder> change) {
        var options = Checkpoints.onCpu(Golden.named("sample-llama").folder()).maxTotalTokens(10_000);
        change.accept(options);
        return Engine.load(options.build());
    }
}
