package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatun.kernels.LogitsExpression;
import io.gatun.runtime.chat.ChatRequest;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.runtime.engine.TokenLogprob;
import io.gatun.runtime.sampling.CustomLogitProcessor;
import io.gatun.runtime.sampling.SamplingParams;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What sampling parameters do to the texts of the trained sample. */
class EngineSamplingTest {
    private static final Golden GOLDEN = Golden.named("sample-llama");
    private static final String SUNNY = "Today is a sunny day and I like";
    private static final String SUNNY_ANSWER = " to walk in the garden. The birds sing in the trees and the sky is blue.";

    private static Engine engine;

    @BeforeAll
    static void load() {
        engine = Engine.load(Checkpoints.onCpu(GOLDEN.folder()).maxTotalTokens(8192).build());
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @Test
    void endOfSequenceEndsATextAndIsNotInIt() {
        var result = engine.generate(SUNNY, greedy().build());
        assertThat(result.text()).isEqualTo(SUNNY_ANSWER);
        assertThat(result.finishReason()).isEqualTo(FinishReason.Stop.atId(result.outputIds()[result.completionTokens() - 1]));
        assertThat(engine.generate(SUNNY, greedy().noStopTrim(true).skipSpecialTokens(false).build()).text()).isEqualTo(SUNNY_ANSWER + "<|end_of_text|>");
    }

    @Test
    void aStopStringEndsATextAlsoWithinAndAcrossTokens() {
        for (int from = 1; from < SUNNY_ANSWER.length() - 3; from++) {
            var stop = SUNNY_ANSWER.substring(from, from + 3);
            int at = SUNNY_ANSWER.indexOf(stop);
            var result = engine.generate(SUNNY, greedy().stop("never", stop).build());
            assertThat(result.text()).isEqualTo(SUNNY_ANSWER.substring(0, at));
            assertThat(result.finishReason()).isEqualTo(FinishReason.Stop.atText(stop));
            assertThat(engine.generate(SUNNY, greedy().stop(stop).noStopTrim(true).build()).text()).isEqualTo(SUNNY_ANSWER.substring(0, at + 3));
        }
    }

    @Test
    void stopIdsAndMinNewTokens() {
        int[] ids = engine.generate(SUNNY, greedy().build()).outputIds();
        var result = engine.generate(SUNNY, greedy().stopTokenIds(Set.of(ids[4])).build());
        int first = IntStream.range(0, ids.length).filter(i -> ids[i] == ids[4]).findFirst().orElseThrow();
        assertThat(result.completionTokens()).isEqualTo(first + 1);
        assertThat(result.finishReason()).isEqualTo(FinishReason.Stop.atId(ids[4]));
        var longer = engine.generate("The capital of France is", greedy().minNewTokens(9).build());
        assertThat(longer.completionTokens()).isGreaterThanOrEqualTo(9);
        assertThat(longer.text()).startsWith(" Paris.");
        assertThat(engine.generate("The capital of France is", greedy().build()).completionTokens()).isEqualTo(3);
    }

    @Test
    void ignoringTheEndGoesOnToTheLength() {
        var golden = GOLDEN.prompts().getFirst();
        var result = engine.generateIds(List.of(golden.inputIds()), greedy().maxNewTokens(golden.outputIds().length).ignoreEos(true).build()).getFirst();
        assertThat(result.outputIds()).isEqualTo(golden.outputIds());
        assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void severalOutputsShareThePromptAndASeedBringsThemBack() {
        int[] prompt = GOLDEN.prompts().getLast().inputIds();
        var params = SamplingParams.builder().temperature(1.5).maxNewTokens(12).ignoreEos(true).n(4).samplingSeed(17).build();
        var fresh = params.toBuilder().extraKey("severalOutputs").build();
        var results = engine.generate(GenerationRequest.ofIds(prompt, fresh));
        assertThat(results).hasSize(4);
        assertThat(results.stream().map(GenerationResult::text).distinct()).hasSizeGreaterThan(2);
        assertThat(results.getFirst().cachedTokens()).isZero();
        assertThat(results.subList(1, 4)).allSatisfy(result -> assertThat(result.cachedTokens()).isGreaterThan(prompt.length - 32));
        assertThat(engine.generate(GenerationRequest.ofIds(prompt, params)).stream().map(GenerationResult::text))
                .isEqualTo(results.stream().map(GenerationResult::text).toList());
        var second = params.toBuilder().n(1).samplingSeed(18).build();
        assertThat(engine.generateIds(List.of(prompt), second).getFirst().text()).isEqualTo(results.get(1).text());
    }

    @Test
    void extraKeysKeepPrefixesApart() {
        int[] prompt = IntStream.range(100, 200).toArray();
        engine.generateIds(List.of(prompt), greedy().extraKey("mine").build());
        assertThat(engine.generateIds(List.of(prompt), greedy().extraKey("yours").build()).getFirst().cachedTokens()).isZero();
        assertThat(engine.generateIds(List.of(prompt), greedy().extraKey("mine").build()).getFirst().cachedTokens()).isEqualTo(96);
    }

    @Test
    void logprobsOfPromptAndOutputAreHuggingFacesLogSoftmax() {
        for (var golden : GOLDEN.prompts()) {
            int length = golden.inputIds().length;
            var params = greedy().maxNewTokens(1).returnLogprob(true).logprobStartLen(0).topLogprobsNum(5).build();
            var result = engine.generateIds(List.of(golden.inputIds()), params).getFirst();
            assertThat(result.promptLogprobs()).hasSize(length);
            assertThat(result.promptLogprobs().getFirst().logprob()).isEmpty();
            if (golden.midPosition() + 1 < length) {
                assertLogprobs(result.promptLogprobs().get(golden.midPosition() + 1), golden.midLogits(), golden.inputIds()[golden.midPosition() + 1]);
            }
            assertThat(result.logprobs()).hasSize(1);
            assertLogprobs(result.logprobs().getFirst(), golden.lastLogits(), golden.outputIds()[0]);
        }
    }

    @Test
    void aCachedPromptGivesItsLogprobsToo() {
        int[] prompt = GOLDEN.prompts().getLast().inputIds();
        var params = greedy().maxNewTokens(4).returnLogprob(true).logprobStartLen(3).topLogprobsNum(2).build();
        var first = engine.generateIds(List.of(prompt), params).getFirst();
        assertThat(first.promptLogprobs()).hasSize(prompt.length - 3);
        var again = engine.generateIds(List.of(prompt), params).getFirst();
        assertThat(again.promptLogprobs()).isEqualTo(first.promptLogprobs());
        assertThat(again.logprobs()).isEqualTo(first.logprobs());
    }

    @Test
    void aBiasForcesOrForbidsATokenAndLeavesLogprobsAlone() {
        var params = greedy().maxNewTokens(3).ignoreEos(true).returnLogprob(true).build();
        var plain = engine.generate(SUNNY, params);
        int forced = 77;
        var biased = engine.generate(SUNNY, params.toBuilder().logitBias(Map.of(forced, 100f)).build());
        assertThat(biased.outputIds()).containsOnly(forced);
        assertThat(biased.logprobs().getFirst().logprob().orElseThrow()).isLessThan(-3);
        var forbidden = engine.generate(SUNNY, params.toBuilder().logitBias(Map.of(plain.outputIds()[0], -100f)).build());
        assertThat(forbidden.outputIds()[0]).isNotEqualTo(plain.outputIds()[0]);
    }

    @Test
    void penaltiesKeepTokensFromComingAgain() {
        var params = greedy().maxNewTokens(40).ignoreEos(true).build();
        int[] prompt = GOLDEN.prompts().getLast().inputIds();
        long plain = distinct(engine.generateIds(List.of(prompt), params).getFirst());
        assertThat(distinct(engine.generateIds(List.of(prompt), params.toBuilder().frequencyPenalty(2).presencePenalty(2).build()).getFirst()))
                .isGreaterThan(plain);
        assertThat(distinct(engine.generateIds(List.of(prompt), params.toBuilder().repetitionPenalty(2).build()).getFirst())).isGreaterThan(plain);
    }

    @Test
    void aProcessorInJavaAndOneOnTheDeviceChooseAlike() {
        var params = greedy().maxNewTokens(12).ignoreEos(true).build();
        var inJava = CustomLogitProcessor.of((logits, outputIds) -> {
            for (int id = 0; id < logits.length; id++) {
                logits[id] = id % 2 == outputIds.length % 2 ? logits[id] : Float.NEGATIVE_INFINITY;
            }
        });
        var onDevice = CustomLogitProcessor.of(LogitsExpression.of("alternate", "id % 2 == step % 2 ? x : -INFINITY",
                (x, id, step) -> id % 2 == step % 2 ? x : Float.NEGATIVE_INFINITY));
        int[] ids = engine.generate(SUNNY, params.toBuilder().customLogitProcessor(inJava).build()).outputIds();
        assertThat(IntStream.range(0, ids.length)).allMatch(i -> ids[i] % 2 == i % 2);
        assertThat(engine.generate(SUNNY, params.toBuilder().customLogitProcessor(onDevice).build()).outputIds()).isEqualTo(ids);
    }

    @Test
    void aConversationIsAnsweredThroughTheTemplate() {
        var conversation = ChatRequest.builder().system("Answer in one word.").user("What is the capital of Norway?").build();
        assertThat(engine.chat(conversation, greedy().build()).text()).isEqualTo("Oslo");
        try (var stream = engine.chatStream(conversation, greedy().build())) {
            assertThat(stream.chunks().map(chunk -> chunk.text()).reduce("", String::concat)).isEqualTo("Oslo");
        }
    }

    @Test
    void theModelsOwnDefaultsAreThere() {
        assertThat(engine.defaultSamplingParams().isGreedy() || engine.defaultSamplingParams().temperature() > 0).isTrue();
        assertThat(engine.generate(SUNNY, engine.defaultSamplingParams().toBuilder().samplingSeed(1).build()).text()).isNotEmpty();
    }

    private static SamplingParams.Builder greedy() {
        return SamplingParams.greedy(32).toBuilder();
    }

    private static long distinct(GenerationResult result) {
        return IntStream.of(result.outputIds()).distinct().count();
    }

    private static void assertLogprobs(TokenLogprob actual, float[] logits, int id) {
        double[] expected = logSoftmax(logits);
        assertThat(actual.id()).isEqualTo(id);
        assertThat(actual.logprob().orElseThrow()).isCloseTo(expected[id], within(1e-3));
        var sorted = IntStream.range(0, logits.length).boxed().sorted((a, b) -> Float.compare(logits[b], logits[a])).limit(5).toList();
        assertThat(actual.top().stream().map(TokenLogprob.Candidate::id).toList()).isEqualTo(sorted);
        for (var candidate : actual.top()) {
            assertThat(candidate.logprob()).isCloseTo(expected[candidate.id()], within(1e-3));
        }
    }

    private static double[] logSoftmax(float[] logits) {
        double max = IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).max().orElseThrow();
        double sum = IntStream.range(0, logits.length).mapToDouble(i -> Math.exp(logits[i] - max)).sum();
        return IntStream.range(0, logits.length).mapToDouble(i -> logits[i] - max - Math.log(sum)).toArray();
    }
}
