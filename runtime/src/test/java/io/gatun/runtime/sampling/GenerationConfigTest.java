package io.gatun.runtime.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerationConfigTest {
    private static final ModelConfig CONFIG = ModelConfig.of(JsonObject.parse("config.json", """
            {"architectures": ["LlamaForCausalLM"], "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 300,
             "max_position_embeddings": 128, "eos_token_id": 2}"""));

    @TempDir
    private Path folder;

    @Test
    void withoutAFileTheDefaultsAreSglangs() {
        var config = GenerationConfig.load(folder, CONFIG);
        assertThat(config.defaults()).isEqualTo(SamplingParams.builder().build());
        assertThat(config.eosIds()).containsExactly(2);
    }

    @Test
    void theFileGivesDefaultsAndMoreEosIds() throws IOException {
        var config = load("""
                {"do_sample": true, "temperature": 0.6, "top_p": 0.95, "top_k": 20, "min_p": 0.01, "repetition_penalty": 1.05,
                 "eos_token_id": [2, 7], "transformers_version": "4.51.0"}""");
        assertThat(config.defaults()).isEqualTo(SamplingParams.builder().temperature(0.6).topP(0.95).topK(20).minP(0.01).repetitionPenalty(1.05).build());
        assertThat(config.eosIds()).containsExactlyInAnyOrder(2, 7);
    }

    @Test
    void noSamplingMeansGreedyAndATopKOfZeroMeansAll() throws IOException {
        assertThat(load("{\"do_sample\": false, \"temperature\": 0.7}").defaults().isGreedy()).isTrue();
        assertThat(load("{\"top_k\": 0, \"temperature\": null}").defaults()).isEqualTo(SamplingParams.builder().build());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{'temperature': 'warm'}  | temperature is \"warm\"; it must be a finite number",
        "{'top_k': 1.5}           | top_k is 1.5; it must be an integer",
        "{'do_sample': 'no'}      | do_sample is \"no\"; it must be true or false",
        "{'eos_token_id': ['x']}  | eos_token_id is [\"x\"]; it must be an array of integers",
        "{'top_p': 3}             | top p is 3.0; it must be above 0 and at most 1"})
    void aWrongValueIsNamedWithItsFile(String text, String message) {
        assertThatThrownBy(() -> load(text.replace('\'', '"'))).isInstanceOf(ConfigException.class)
                .hasMessage(folder.resolve("generation_config.json") + ": " + message);
    }

    private GenerationConfig load(String text) throws IOException {
        Files.writeString(folder.resolve("generation_config.json"), text);
        return GenerationConfig.load(folder, CONFIG);
    }
}
