package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.runtime.engine.TokenLogprob;
import io.gatun.runtime.sampling.SamplingParams;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every registered model through the engine against Hugging Face in fp32, as SGLang's test_generation_models: the sorted top log-probabilities of
 * prompt and output, and ROUGE-L of the text. The environment variable {@code ONLY_RUN=name} runs one golden.
 */
abstract class GenerationSuite {
    /** Less than the longest prompts, so that these are prefilled in pieces. */
    static final int CHUNKED_PREFILL_SIZE = 48;
    private static final int TOP = 5;

    /** Where and in which dtype a model runs. */
    abstract EngineOptions.Builder options(Golden golden);

    /** The largest difference of a log-probability. */
    abstract double tolerance(Golden golden);

    /** How far apart the best two logits must lie for the same one to be chosen. */
    abstract double clearMargin(Golden golden);

    static Stream<Golden> models() {
        return only(Golden.generating().toList(), Optional.ofNullable(System.getenv("ONLY_RUN"))).stream();
    }

    /** The golden of that name, or all if there is no name. */
    static List<Golden> only(List<Golden> goldens, Optional<String> name) {
        var found = goldens.stream().filter(golden -> name.map(golden.name()::equals).orElse(true)).toList();
        if (found.isEmpty()) {
            throw new IllegalArgumentException("ONLY_RUN is '" + name.orElse("") + "'; the models are "
                    + String.join(", ", goldens.stream().map(Golden::name).toList()));
        }
        return found;
    }

    @ParameterizedTest
    @MethodSource("models")
    void aRaggedBatchGivesTheTopLogprobsAndTheText(Golden golden) {
        try (var engine = Engine.load(options(golden).chunkedPrefillSize(CHUNKED_PREFILL_SIZE).build())) {
            var results = engine.generateAll(golden.prompts().stream().map(prompt -> request(engine, prompt)).toList());
            assertThat(results).hasSameSizeAs(golden.prompts());
            for (int i = 0; i < results.size(); i++) {
                check(golden, golden.prompts().get(i), results.get(i));
            }
        }
    }

    /** As a text if its tokens are the prompt's, else as ids: a chat's text has the token that begins it already. */
    private static GenerationRequest request(Engine engine, Golden.Prompt prompt) {
        if (prompt.text().isPresent()) {
            var text = prompt.text().get();
            var tokenizer = engine.tokenizer().orElseThrow();
            if (Arrays.equals(tokenizer.encode(text), prompt.inputIds())) {
                return GenerationRequest.of(text, params(prompt));
            }
            assertThat(tokenizer.encode(text, false)).as("tokens of '%s'", text).containsExactly(prompt.inputIds());
        }
        return GenerationRequest.ofIds(prompt.inputIds(), params(prompt));
    }

    private void check(Golden golden, Golden.Prompt prompt, GenerationResult result) {
        var where = golden.name() + ", prompt of " + prompt.inputIds().length;
        assertThat(result.promptLogprobs()).as(where).hasSameSizeAs(prompt.inputIds());
        for (int i = 0; i + 1 < prompt.prefillTopLogprobs().length; i++) {
            checkTop(golden, prompt.prefillTopLogprobs()[i], result.promptLogprobs().get(i + 1), where + ", after position " + i);
        }
        int same = agreeing(prompt.outputIds(), result.outputIds());
        for (int i = 0; i < Math.min(same + 1, prompt.outputIds().length); i++) {
            checkTop(golden, prompt.decodeTopLogprobs()[i], result.logprobs().get(i), where + ", output " + i);
        }
        checkText(golden, prompt, result);
    }

    private void checkTop(Golden golden, float[] expected, TokenLogprob actual, String where) {
        var top = actual.top().stream().map(TokenLogprob.Candidate::logprob).toList();
        assertThat(top).as(where).hasSize(TOP);
        for (int i = 0; i < TOP; i++) {
            assertThat(top.get(i)).as("%s, rank %d", where, i).isCloseTo((double) expected[i], within(tolerance(golden)));
        }
    }

    /** The ids, and so the text, are the same up to where the choice is too close for the dtype. */
    private void checkText(Golden golden, Golden.Prompt prompt, GenerationResult result) {
        int same = agreeing(prompt.outputIds(), result.outputIds());
        if (same < prompt.outputIds().length) {
            assertThat((double) prompt.margins()[same]).as("%s, prompt of %d: margin where output %d differs", golden.name(), prompt.inputIds().length, same)
                    .isLessThan(clearMargin(golden));
        } else {
            prompt.outputText().ifPresent(text -> assertThat(RougeL.f1(text, result.text())).as("ROUGE-L of '%s' to '%s'", result.text(), text).isEqualTo(1));
        }
    }

    private static int agreeing(int[] expected, int[] actual) {
        int difference = Arrays.mismatch(expected, actual);
        return difference < 0 ? expected.length : difference;
    }

    private static SamplingParams params(Golden.Prompt prompt) {
        return SamplingParams.greedy(prompt.outputIds().length).toBuilder().ignoreEos(true).returnLogprob(true).logprobStartLen(0).topLogprobsNum(TOP).build();
    }
}
