package io.gatun.server.bench.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.runtime.multimodal.decode.PictureLimits;
import io.gatun.runtime.multimodal.source.ImageLoader;
import io.gatun.runtime.multimodal.source.ImageSource;
import io.gatun.runtime.tokenizer.Tokenizer;
import io.gatun.server.UsageException;
import io.gatun.server.bench.serving.ServingRequest.Prompt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class DatasetTest {
    private static final Path SAMPLE = Path.of("..", "models", "samples", "llama");

    private static List<ServingRequest> requests(Object... args) {
        var options = new DatasetOptions();
        new CommandLine(CommandLine.Model.CommandSpec.wrapWithoutInspection(options)
                .addMixin("dataset", CommandLine.Model.CommandSpec.forAnnotatedObject(options)))
                .parseArgs(List.of(args).stream().map(Object::toString).toArray(String[]::new));
        return options.requests(options.tokenizer());
    }

    private static String text(ServingRequest request) {
        return ((Prompt.Text) request.prompt()).text();
    }

    @Test
    void randomTextsHaveTheLengthsAskedFor() {
        var all = requests("--num-prompts", 50, "--random-input-len", 40, "--random-output-len", 20, "--random-range-ratio", 0.5, "--seed", 7);
        assertThat(all).hasSize(50).allSatisfy(request -> {
            assertThat(text(request).split(" ").length).isBetween(20, 40);
            assertThat(request.outputLen()).isBetween(10, 20);
        });
        assertThat(all).isEqualTo(requests("--num-prompts", 50, "--random-input-len", 40, "--random-output-len", 20, "--random-range-ratio", 0.5, "--seed", 7));
        assertThat(new HashSet<>(all.stream().map(DatasetTest::text).toList())).hasSize(50);
    }

    @Test
    void aTokenizerCounts() {
        var tokenizer = Tokenizer.fromDirectory(SAMPLE);
        var texts = requests("--num-prompts", 20, "--random-input-len", 30, "--random-range-ratio", 1, "--tokenizer", SAMPLE);
        assertThat(texts).allSatisfy(request -> assertThat(request.promptTokens()).isEqualTo(tokenizer.encode(text(request), false).length));
        var ids = requests("--num-prompts", 20, "--random-input-len", 30, "--random-range-ratio", 1, "--tokenizer", SAMPLE, "--tokenize-prompt");
        assertThat(ids).allSatisfy(request -> {
            assertThat(((Prompt.Ids) request.prompt()).ids()).hasSize(30).satisfies(drawn -> assertThat(Arrays.stream(drawn).max().orElseThrow())
                    .isLessThan(tokenizer.idBound()));
            assertThat(request.promptTokens()).isEqualTo(30);
        });
    }

    @Test
    void groupsShareTheirBeginning() {
        var all = requests("--dataset-name", "generated-shared-prefix", "--gsp-num-groups", 3, "--gsp-prompts-per-group", 4, "--gsp-system-prompt-len", 30,
                "--gsp-question-len", 5, "--gsp-output-len", 9);
        assertThat(all).hasSize(12).allMatch(request -> request.outputLen() == 9);
        var beginnings = all.stream().map(request -> String.join(" ", List.of(text(request).split(" ")).subList(0, 30))).toList();
        assertThat(new HashSet<>(beginnings)).hasSize(3);
        assertThat(new HashSet<>(all.stream().map(DatasetTest::text).toList())).hasSize(12);
    }

    @Test
    void picturesAreOfTheSizeAskedForAndDiffer() {
        var all = requests("--dataset-name", "image", "--num-prompts", 2, "--random-input-len", 5, "--image-count", 2, "--image-resolution", "64x48");
        var uris = all.stream().flatMap(request -> request.images().stream()).toList();
        assertThat(new HashSet<>(uris)).hasSize(4);
        var picture = ImageLoader.offline(PictureLimits.DEFAULT).load(new ImageSource.Address(uris.getFirst()));
        assertThat(picture.width()).isEqualTo(64);
        assertThat(picture.height()).isEqualTo(48);
    }

    @Test
    void readsConversations(@TempDir Path folder) throws IOException {
        var file = folder.resolve("sharegpt.json");
        Files.writeString(file, """
                [{"conversations": [{"from": "human", "value": "What is the capital of France?"}, {"from": "gpt", "value": "Paris, I should think."}]},
                 {"conversations": [{"from": "human", "value": "alone"}]},
                 {"conversations": [{"from": "human", "value": "?"}, {"from": "gpt", "value": "too short a prompt"}]},
                 {"conversations": [{"from": "human", "value": "%s"}, {"from": "gpt", "value": "too long a prompt"}]}]
                """.formatted("x".repeat(4000)));
        var tokens = new TokenCounter(Optional.empty());
        assertThat(requests("--dataset-name", "sharegpt", "--dataset-path", file, "--sharegpt-context-len", 100)).singleElement().satisfies(request -> {
            assertThat(text(request)).isEqualTo("What is the capital of France?");
            assertThat(request.outputLen()).isEqualTo(tokens.count("Paris, I should think."));
        });
        assertThat(requests("--dataset-name", "sharegpt", "--dataset-path", file, "--sharegpt-output-len", 7)).hasSize(2)
                .allMatch(request -> request.outputLen() == 7);
    }

    @Test
    void saysWhatIsWrong(@TempDir Path folder) throws IOException {
        var file = Files.writeString(folder.resolve("bad.json"), "[1, ");
        assertWrong("--dataset-name is 'wiki'", "--dataset-name", "wiki");
        assertWrong("--num-prompts is 0", "--num-prompts", 0);
        assertWrong("needs --dataset-path", "--dataset-name", "sharegpt");
        assertWrong("does not exist", "--dataset-name", "sharegpt", "--dataset-path", folder.resolve("none.json"));
        assertWrong("bad.json is", "--dataset-name", "sharegpt", "--dataset-path", file);
        assertWrong("--tokenize-prompt needs the server's vocabulary", "--tokenize-prompt");
        assertWrong("the pictures of 1000000 requests take", "--dataset-name", "image", "--num-prompts", 1000000);
    }

    private static void assertWrong(String message, Object... args) {
        assertThatThrownBy(() -> requests(args)).isInstanceOf(UsageException.class).hasMessageContaining(message);
    }
}
