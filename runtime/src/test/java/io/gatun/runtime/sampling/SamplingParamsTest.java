package io.gatun.runtime.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplingParamsTest {
    private static final SamplingParams DEFAULTS = SamplingParams.builder().build();
    private static final String ALL = """
            {"max_new_tokens": 7, "min_new_tokens": 2, "temperature": 0.5, "top_p": 0.25, "top_k": 40, "min_p": 0.125, "frequency_penalty": -2,
             "presence_penalty": 1.5, "repetition_penalty": 2, "logit_bias": {"3": -100, "14": 0.5}, "stop": ["a", "b"], "stop_token_ids": [9, 9, 8],
             "ignore_eos": true, "skip_special_tokens": false, "no_stop_trim": true, "n": 3, "sampling_seed": 5000000000, "return_logprob": true,
             "logprob_start_len": 0, "top_logprobs_num": 5, "extra_key": "tenant"}""";

    @Test
    void theDefaultsAreSglangs() {
        assertThat(DEFAULTS).isEqualTo(new SamplingParams(128, 0, 1, 1, -1, 0, 0, 0, 1, Map.of(), List.of(), Set.of(), false, true, Set.of(), false, 1,
                OptionalLong.empty(), false, -1, 0, "", Optional.empty(), Optional.empty()));
        assertThat(DEFAULTS.isGreedy()).isFalse();
    }

    @Test
    void greedyIsATemperatureOfZeroOrOneCandidate() {
        assertThat(SamplingParams.greedy(5)).isEqualTo(SamplingParams.builder().maxNewTokens(5).temperature(0).build());
        assertThat(SamplingParams.greedy(5).isGreedy()).isTrue();
        assertThat(SamplingParams.builder().temperature(9e-7).build().isGreedy()).isTrue();
        assertThat(SamplingParams.builder().temperature(2e-6).build().isGreedy()).isFalse();
        assertThat(SamplingParams.builder().topK(1).build().isGreedy()).isTrue();
    }

    @Test
    void aBuilderStartsFromWhatItWasMadeOf() {
        var all = json(ALL, DEFAULTS);
        assertThat(all.toBuilder().build()).isEqualTo(all);
        assertThat(all.toBuilder().n(1).build()).isNotEqualTo(all);
    }

    @Test
    void laterChangesOfACallersCollectionsAreNotSeen() {
        var bias = new HashMap<>(Map.of(1, 1f));
        var params = SamplingParams.builder().logitBias(bias).build();
        bias.put(2, 1000f);
        assertThat(params.logitBias()).containsOnlyKeys(1);
    }

    @Test
    void aValueOutOfRangeIsNamedWithItsRange() {
        refused(b -> b.maxNewTokens(0), "max new tokens is 0; it must be at least 1");
        refused(b -> b.minNewTokens(-1), "min new tokens is -1; it must be at least 0");
        refused(b -> b.maxNewTokens(3).minNewTokens(4), "min new tokens is 4; it must not exceed max new tokens, which is 3");
        refused(b -> b.temperature(-0.1), "temperature is -0.1; it must be a finite number of at least 0, where 0 takes the likeliest token");
        refused(b -> b.temperature(Double.NaN), "temperature is NaN; it must be a finite number of at least 0, where 0 takes the likeliest token");
        refused(b -> b.temperature(1 / 0.0), "temperature is Infinity; it must be a finite number of at least 0, where 0 takes the likeliest token");
        refused(b -> b.topP(0), "top p is 0.0; it must be above 0 and at most 1");
        refused(b -> b.topP(1.01), "top p is 1.01; it must be above 0 and at most 1");
        refused(b -> b.topP(Double.NaN), "top p is NaN; it must be above 0 and at most 1");
        refused(b -> b.topK(0), "top k is 0; it must be at least 1, or -1 for all tokens");
        refused(b -> b.topK(-2), "top k is -2; it must be at least 1, or -1 for all tokens");
        refused(b -> b.minP(1.5), "min p is 1.5; it must be 0 to 1");
        refused(b -> b.frequencyPenalty(2.1), "frequency penalty is 2.1; it must be -2 to 2");
        refused(b -> b.presencePenalty(Double.NaN), "presence penalty is NaN; it must be -2 to 2");
        refused(b -> b.repetitionPenalty(0), "repetition penalty is 0.0; it must be above 0 and at most 2");
        refused(b -> b.n(0), "n is 0; it must be 1 to 128");
        refused(b -> b.n(129), "n is 129; it must be 1 to 128");
        refused(b -> b.logitBias(Map.of(4, 101f)), "logit bias of token 4 is 101.0; it must be -100 to 100");
        refused(b -> b.logitBias(Map.of(4, Float.NaN)), "logit bias of token 4 is NaN; it must be -100 to 100");
        refused(b -> b.logitBias(Map.of(-4, 1f)), "logit bias has the token id -4; ids are at least 0");
        refused(b -> b.returnLogprob(true).logprobStartLen(-2), "logprob start len is -2; it must be at least -1");
        refused(b -> b.returnLogprob(true).topLogprobsNum(129), "top logprobs num is 129; it must be 0 to 128");
        refused(b -> b.topLogprobsNum(2), "top logprobs num is 2, but return logprob is false; set it to true to get log-probabilities");
        refused(b -> b.logprobStartLen(0), "logprob start len is 0, but return logprob is false; set it to true to get log-probabilities");
    }

    @Test
    void stopListsHaveTheirLimits() {
        refused(b -> b.stop(Collections.nCopies(65, "x")), "stop has 65 strings; it must have at most 64");
        refused(b -> b.stop("a", ""), "stop string 1 is empty; it must have at least one character");
        refused(b -> b.stop("x".repeat(1025)), "stop string 0 has 1025 characters; it must have at most 1024");
        refused(b -> b.stop("a\uD83D"), "stop string 0 has a surrogate without its other half; it must be well-formed Unicode");
        refused(b -> b.stopTokenIds(IntStream.range(0, 1025).boxed().collect(Collectors.toSet())), "stop token ids has 1025 ids; it must have at most 1024");
        refused(b -> b.stopTokenIds(Set.of(-1)), "stop token ids has the token id -1; ids are at least 0");
        var most = SamplingParams.builder().stop(Collections.nCopies(64, "\uD83D\uDE00".repeat(512))).build();
        assertThat(most.stop()).hasSize(64);
    }

    @Test
    void aBiasOutsideTheVocabularyIsNamed() {
        var params = SamplingParams.builder().logitBias(Map.of(9, 1f)).build();
        params.verify(10);
        assertThatThrownBy(() -> params.verify(9)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("logit bias has the token id 9; the model's vocabulary has ids 0 to 8");
    }

    @Test
    void jsonHasSglangsNames() {
        assertThat(json(ALL, DEFAULTS)).isEqualTo(new SamplingParams(7, 2, 0.5, 0.25, 40, 0.125, -2, 1.5, 2, Map.of(3, -100f, 14, 0.5f), List.of("a", "b"),
                Set.of(8, 9), true, false, Set.of(), true, 3, OptionalLong.of(5_000_000_000L), true, 0, 5, "tenant", Optional.empty(), Optional.empty()));
        assertThat(json("{\"stop\": \"\\n\"}", DEFAULTS).stop()).containsExactly("\n");
    }

    @Test
    void whatJsonLeavesOutIsTheDefaults() {
        var defaults = json(ALL, DEFAULTS);
        assertThat(json("{}", defaults)).isEqualTo(defaults);
        assertThat(json("{\"temperature\": null, \"stop\": null, \"n\": 1}", defaults)).isEqualTo(defaults.toBuilder().n(1).build());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{'max_tokens': 3} | 'max_tokens' is no sampling parameter; near it are max_new_tokens",
        "{'topk': 3}       | 'topk' is no sampling parameter; near it are top_k, stop, top_p",
        "{'nn': 3}         | 'nn' is no sampling parameter; near it are n",
        "{'temperature': 'hot'}     | sampling params: temperature is \"hot\"; it must be a finite number",
        "{'max_new_tokens': 1.5}    | sampling params: max_new_tokens is 1.5; it must be an integer",
        "{'stop': [1]}              | sampling params: stop is [1]; it must be an array of strings",
        "{'ignore_eos': 1}          | sampling params: ignore_eos is 1; it must be true or false",
        "{'logit_bias': [1]}        | sampling params: logit_bias is [1]; it must be an object",
        "{'logit_bias': {'a': 1}}   | sampling params: logit_bias has the key 'a', which is no token id",
        "{'logit_bias': {'1': 'x'}} | sampling params: logit_bias.1 is \"x\"; it must be a finite number",
        "{'top_p': 2}               | top p is 2.0; it must be above 0 and at most 1",
        "[3]                        | sampling params is [3]; it must be an object"})
    void wrongJsonIsNamed(String text, String message) {
        assertThatThrownBy(() -> json(text.replace('\'', '"'), DEFAULTS)).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    @Test
    void whereNoNameIsNearAllAreListed() {
        assertThatThrownBy(() -> json("{\"guided_decoding_backend\": 1}", DEFAULTS))
                .hasMessageStartingWith("'guided_decoding_backend' is no sampling parameter; they are ebnf, extra_key, frequency_penalty, ");
    }

    private static void refused(UnaryOperator<SamplingParams.Builder> change, String message) {
        assertThatThrownBy(() -> change.apply(SamplingParams.builder()).build()).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    private static SamplingParams json(String text, SamplingParams defaults) {
        try {
            return SamplingParams.fromJson(new ObjectMapper().readTree(text), defaults);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(text, e);
        }
    }
}
