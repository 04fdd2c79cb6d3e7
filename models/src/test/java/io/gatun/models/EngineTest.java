package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.memory.DType;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions.LoadFormat;
import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.sampling.SamplingParams;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineTest {
    private static final String NAME = "llama-gqa2-linear-bf16";
    private static final Golden GOLDEN = Golden.named(NAME);
    private static final SamplingParams GREEDY = SamplingParams.greedy(8).toBuilder().ignoreEos(true).build();

    @TempDir
    private Path folder;

    @Test
    void aBatchGivesWhatItsPromptsGiveOneByOne() {
        try (var engine = load(GOLDEN.folder())) {
            var together = engine.generateIds(GOLDEN.inputs(), GREEDY);
            assertThat(together).hasSameSizeAs(GOLDEN.inputs());
            for (int i = 0; i < together.size(); i++) {
                var golden = GOLDEN.prompts().get(i);
                assertThat(together.get(i).outputIds()).containsExactly(Arrays.copyOf(golden.outputIds(), 8));
                assertThat(together.get(i).finishReason()).isEqualTo(FinishReason.LENGTH);
                assertThat(together.get(i).promptTokens()).isEqualTo(golden.inputIds().length);
                assertThat(engine.generateIds(List.of(golden.inputIds()), GREEDY).getFirst().outputIds()).isEqualTo(together.get(i).outputIds());
            }
        }
    }

    @Test
    void noPromptsGiveNoResults() {
        try (var engine = load(GOLDEN.folder())) {
            assertThat(engine.generateIds(List.of(), GREEDY)).isEmpty();
        }
    }

    @Test
    void anEndOfSequenceTokenEndsItsOwnTextOnly() throws IOException {
        int[] first = GOLDEN.prompts().getFirst().outputIds();
        int eos = first[3];
        int at = IntStream.range(0, first.length).filter(i -> first[i] == eos).findFirst().orElseThrow();
        Checkpoints.copy(NAME, folder, config -> config.put("eos_token_id", eos));
        try (var engine = load(folder)) {
            var results = engine.generateIds(GOLDEN.inputs(), SamplingParams.greedy(32));
            assertThat(results.getFirst().outputIds()).containsExactly(Arrays.copyOf(first, at + 1));
            assertThat(results.getFirst().finishReason()).isEqualTo(FinishReason.Stop.atId(eos));
            for (int i = 1; i < results.size(); i++) {
                assertThat(results.get(i).outputIds())
                        .isEqualTo(engine.generateIds(GOLDEN.inputs().subList(i, i + 1), SamplingParams.greedy(32)).getFirst().outputIds());
            }
            var ignoring = SamplingParams.greedy(32).toBuilder().ignoreEos(true).build();
            assertThat(engine.generateIds(GOLDEN.inputs().subList(0, 1), ignoring).getFirst().outputIds()).hasSize(32);
        }
    }

    @Test
    void generationConfigAddsToTheTokensThatEndAText() throws IOException {
        int[] first = GOLDEN.prompts().getFirst().outputIds();
        Checkpoints.copy(NAME, folder, config -> { });
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [250, " + first[0] + "]}");
        try (var engine = load(folder)) {
            assertThat(engine.generateIds(GOLDEN.inputs().subList(0, 1), SamplingParams.greedy(32)).getFirst().outputIds()).containsExactly(first[0]);
        }
    }

    @Test
    void textsAreTokenizedAndAnswersDetokenized() throws IOException {
        Checkpoints.copy(NAME, folder, config -> { });
        Checkpoints.writeTokenizer(folder, 256);
        try (var engine = load(folder)) {
            var result = engine.generate(List.of("hello"), GREEDY).getFirst();
            assertThat(result.promptTokens()).isEqualTo(5);
            assertThat(result.outputIds()).isEqualTo(engine.generateIds(List.of(new int[] {7, 4, 11, 11, 14}), GREEDY).getFirst().outputIds());
            assertThat(result.text()).isEqualTo(engine.tokenizer().orElseThrow().decode(result.outputIds(), true)).isNotEmpty();
        }
    }

    @Test
    void withoutATokenizerTextsAreRefusedAndIdsAreNot() {
        try (var engine = load(GOLDEN.folder())) {
            assertThat(engine.tokenizer()).isEmpty();
            assertThatThrownBy(() -> engine.generate(List.of("hello"), GREEDY)).isInstanceOf(RequestException.class)
                    .hasMessage("the model's folder has no tokenizer.json, so prompts must be given as token ids");
            assertThat(engine.generateIds(List.of(new int[] {1}), GREEDY)).hasSize(1);
        }
    }

    @Test
    void manyVirtualThreadsGetTheSameAnswersAsOne() throws Exception {
        try (var engine = load(GOLDEN.folder()); var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            var prompts = IntStream.range(0, 40).mapToObj(i -> new int[] {i, 3 * i % 200, 7}).toList();
            var expected = ids(engine.generateIds(prompts, GREEDY));
            List<Callable<GenerationResult>> calls = prompts.stream()
                    .<Callable<GenerationResult>>map(p -> () -> engine.generateIds(List.of(p), GREEDY).getFirst()).toList();
            assertThat(ids(callers.invokeAll(calls).stream().map(Future::resultNow).toList())).isEqualTo(expected);
        }
    }

    @Test
    void aRefusedRequestLeavesTheEngineAsItWas() {
        try (var engine = load(GOLDEN.folder())) {
            var before = ids(engine.generateIds(GOLDEN.inputs(), GREEDY));
            assertThatThrownBy(() -> engine.generateIds(List.of(new int[] {1}, new int[] {999}), GREEDY)).isInstanceOf(RequestException.class)
                    .hasMessage("request 1 of 2: the prompt has the token id 999; the model's vocabulary has ids 0 to 255");
            assertThatThrownBy(() -> engine.generateIds(List.of(new int[5000]), GREEDY)).isInstanceOf(RequestException.class)
                    .hasMessageContaining("the context length of 1024");
            assertThat(ids(engine.generateIds(GOLDEN.inputs(), GREEDY))).isEqualTo(before);
        }
    }

    @Test
    void closingFreesEverythingAndEndsTheThread() {
        var engine = load(GOLDEN.folder());
        engine.generateIds(GOLDEN.inputs(), GREEDY);
        var memory = engine.memory();
        assertThat(memory.liveByArena()).containsKeys("weights", "kv cache");
        engine.close();
        engine.close();
        assertThat(memory.liveByArena()).isEmpty();
        assertThatThrownBy(() -> engine.generateIds(GOLDEN.inputs(), GREEDY)).isInstanceOf(IllegalStateException.class).hasMessage("the engine is closed");
    }

    @Test
    void theContextCanBeShortenedButNotLengthened() {
        try (var engine = Engine.load(Checkpoints.onCpu(GOLDEN.folder()).contextLength(16).build())) {
            assertThatThrownBy(() -> engine.generateIds(List.of(new int[16]), GREEDY)).hasMessageContaining("the context length of 16");
        }
        assertThatThrownBy(() -> Engine.load(Checkpoints.onCpu(GOLDEN.folder()).contextLength(1025).build())).isInstanceOf(ConfigException.class)
                .hasMessage("context length is 1025; " + GOLDEN.folder().resolve("config.json") + " allows 1 to 1024 tokens");
    }

    @Test
    void dummyWeightsNeedNoFileButConfigJson() throws IOException {
        Files.copy(GOLDEN.folder().resolve("config.json"), folder.resolve("config.json"));
        var options = Checkpoints.onCpu(folder).loadFormat(LoadFormat.DUMMY).dtype(DType.F16).build();
        try (var engine = Engine.load(options); var again = Engine.load(options)) {
            var results = engine.generateIds(GOLDEN.inputs(), GREEDY);
            assertThat(results).allMatch(r -> r.outputIds().length == 8);
            assertThat(ids(again.generateIds(GOLDEN.inputs(), GREEDY))).isEqualTo(ids(results));
        }
    }

    private static List<List<Integer>> ids(List<GenerationResult> results) {
        return results.stream().map(result -> Arrays.stream(result.outputIds()).boxed().toList()).toList();
    }

    private static Engine load(Path folder) {
        return Engine.load(Checkpoints.onCpu(folder).build());
    }
}
