package io.gatun.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.bindings.Cuda;
import io.gatun.bindings.CudaStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GatunTest {
    private static final String NAME = "llama-gqa2-linear-bf16";

    @TempDir
    private Path folder;

    @Test
    void withoutACommandTheUsageIsShown() {
        var result = Cli.run();
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).startsWith("Usage: gatun").contains("bench-one-batch", "compare", "generate", "info", "models", "setup-nvrtc",
                "Exit codes: 0 success, 1 failure, 2 wrong usage.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bench-one-batch", "compare", "generate", "info", "models", "setup-nvrtc"})
    void everyCommandsHelpHasExamples(String command) {
        var result = Cli.run(command, "--help");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).startsWith("Usage: gatun " + command).contains("Examples:\n  ").contains("gatun " + command);
    }

    @Test
    void theVersionNamesJavas() {
        var result = Cli.run("--version");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).startsWith("gatun ").contains("Java " + Runtime.version());
    }

    @Test
    void modelsListsTheArchitectures() {
        var result = Cli.run("models");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out().lines()).anyMatch(line -> line.matches("LlamaForCausalLM +Llama +gatun-models.*|LlamaForCausalLM +Llama +classes"));
    }

    @Test
    void infoSaysWhatIsThere() {
        var result = Cli.run("info");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).contains("GPU  ", "driver  ", "NVRTC  ", "CPU  ", "kernel cache  ", "JDK            " + Runtime.version());
    }

    @ParameterizedTest
    @ValueSource(strings = {"fly", "models --fast", "generate --max-new-tokens x", "generate --max-new-tokens 0 hi", "bench-one-batch --device gpu",
        "bench-one-batch --model-path no/such/folder", "bench-one-batch --output-len 0", "bench-one-batch --batch-size 1,-2",
        "bench-one-batch --correct --output-len 4,8", "bench-one-batch --cut-len 0", "compare", "compare no-such-file.json"})
    void wrongUsageEndsWithTwo(String line) {
        var result = Cli.run((Object[]) line.split(" "));
        assertThat(result.exitCode()).as(result.err()).isEqualTo(2);
        assertThat(result.err()).isNotBlank().doesNotContain("\tat ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--dtype int32", "--dtype float8", "--page-size 20", "--mem-fraction-static 1.5", "--chunked-prefill-size 0",
        "--max-total-tokens 0", "--context-length 0", "--tool-call-parser qwen9", "--reasoning-parser r2"})
    void anOptionOutOfRangeEndsWithTwoAndSaysWhatItMustBe(String options) {
        var result = Cli.run((Object[]) ("generate hi --model-path " + Cli.golden(NAME) + " " + options).split(" "));
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).startsWith("gatun: ").containsPattern("must|known are").hasLineCount(1);
    }

    @Test
    void aFailureEndsWithOneAndOneLineOnStandardError() {
        var result = Cli.run("generate", "--device", "cpu", "--model-path", folder, "hi");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).isEqualTo("gatun: " + folder.resolve("config.json") + " does not exist" + System.lineSeparator());
    }

    @Test
    void debugShowsTheStackTrace() {
        for (var args : new Object[][] {{"--debug", "generate", "--model-path", folder, "hi"}, {"generate", "--debug", "--model-path", folder, "hi"}}) {
            var result = Cli.run(args);
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.err()).contains("ConfigException").contains("\tat io.gatun.");
        }
    }

    @Test
    void aGpuThatIsAskedForAndNotThereSaysWhy() {
        Assumptions.assumeTrue(Cuda.probe() instanceof CudaStatus.Unavailable, "this machine has a GPU");
        var result = Cli.run("generate", "--device", "cuda", "--model-path", Cli.golden(NAME), "hi");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).startsWith("gatun: no GPU to run on: ").hasLineCount(1);
    }

    @Test
    void generatePrintsTheTextAndAsJsonTheIdsToo() throws IOException {
        Cli.withTokenizer(NAME, folder);
        var text = Cli.run("generate", "--device", "cpu", "--model-path", folder, "--max-new-tokens", 6, "--ignore-eos", "--temperature", 0, "hello");
        assertThat(text.exitCode()).isZero();
        var json = Cli.run("generate", "--device", "cpu", "--model-path", folder, "--max-new-tokens", 6, "--ignore-eos", "--temperature", 0, "--json", "hello",
                "world");
        var lines = json.out().lines().toList();
        assertThat(lines).hasSize(2);
        var first = new ObjectMapper().readTree(lines.getFirst());
        assertThat(first.fieldNames()).toIterable().containsExactly("prompt", "text", "output_ids", "finish_reason", "prompt_tokens", "completion_tokens",
                "cached_tokens");
        assertThat(first.get("prompt").textValue()).isEqualTo("hello");
        assertThat(first.get("output_ids")).hasSize(6);
        assertThat(first.get("finish_reason").textValue()).isEqualTo("length");
        assertThat(first.get("prompt_tokens").intValue()).isEqualTo(5);
        assertThat(text.out()).isEqualTo(first.get("text").textValue() + System.lineSeparator());
    }

    @Test
    void aPromptWithoutRoomForAnAnswerIsAnErrorThatNamesTheContext() throws IOException {
        Cli.withTokenizer(NAME, folder);
        var result = Cli.run("generate", "--device", "cpu", "--model-path", folder, "--context-length", 5, "hello");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).isEqualTo("gatun: the prompt has 5 tokens, which leaves no room for an answer in the context length of 5"
                + System.lineSeparator());
    }

    @Test
    void aChatNeedsATemplate() throws IOException {
        Cli.withTokenizer(NAME, folder);
        var result = Cli.run("chat", "--device", "cpu", "--model-path", folder, "hello");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).startsWith("gatun: the model's folder has no chat template (chat_template.jinja");
    }

    @Test
    void theTemplateTurnsAChatIntoAPrompt() throws IOException {
        Cli.withTokenizer(NAME, folder);
        Files.writeString(folder.resolve("chat_template.jinja"), "{% for m in messages %}{{ m.content }}{% endfor %}");
        var shown = Cli.run("chat", "--device", "cpu", "--model-path", folder, "--system", "he", "--show-prompt", "llo");
        assertThat(shown.exitCode()).isZero();
        assertThat(shown.out()).isEqualTo("hello" + System.lineSeparator());
        var options = new Object[] {"--device", "cpu", "--model-path", folder, "--max-new-tokens", 6, "--ignore-eos", "--temperature", 0, "hello"};
        var chat = Cli.run(Stream.concat(Stream.of("chat"), Stream.of(options)).toArray());
        assertThat(chat.out()).isEqualTo(Cli.run(Stream.concat(Stream.of("generate"), Stream.of(options)).toArray()).out());
    }

    @Test
    void aDamagedModelIsNamedWithoutAStackTrace() throws IOException {
        Cli.withTokenizer(NAME, folder);
        Files.write(folder.resolve("model.safetensors"), new byte[20]);
        var result = Cli.run("generate", "--device", "cpu", "--model-path", folder, "hello");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).startsWith("gatun: " + folder.resolve("model.safetensors") + " is no safetensors file").hasLineCount(1);
    }
}
