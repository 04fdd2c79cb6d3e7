package io.gatun.server.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.server.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompareCommandTest {
    private static final Path MODEL = Cli.golden("llama-mha-f32");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;
    private Path reference;

    @BeforeEach
    void run() throws IOException {
        reference = folder.resolve("reference.json");
        var prompts = Files.writeString(folder.resolve("prompts.json"), "[[5, 6, 7, 8, 9, 10], [42]]");
        var result = Cli.run("bench-one-batch", "--correct", "--device", "cpu", "--model-path", MODEL, "--prompts-file", prompts, "--output-len", 6, "--json",
                reference);
        assertThat(result.exitCode()).as(result.err()).isZero();
    }

    @Test
    void aRunIsTheSameAsItself() {
        var result = Cli.run("compare", reference, "--run", reference, "--max-delta", 0);
        assertThat(result.exitCode()).isZero();
        assertThat(result.out().lines()).containsExactly("reference: " + MODEL + " float32 on cpu", "run:       " + MODEL + " float32 on cpu", "",
                "prompt  tokens  max |dlogit|  top-5 overlap  greedy ids", "     0       6     0.000e+00            5/5  the same 6",
                "     1       1     0.000e+00            5/5  the same 6", "", "max |dlogit| 0.000e+00, greedy ids the same");
    }

    @Test
    void withoutARunFileTheModelIsRun() {
        var result = Cli.run("compare", reference, "--device", "cpu", "--model-path", MODEL, "--max-delta", 0);
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).endsWith("max |dlogit| 0.000e+00, greedy ids the same" + System.lineSeparator());
    }

    @Test
    void aLogitThatIsOffIsShownAndFailsWhereALimitIsGiven() throws IOException {
        var other = changed(root -> {
            var logits = (ArrayNode) root.at("/prompts/1/prefill_logits");
            logits.set(3, JSON.getNodeFactory().numberNode(logits.get(3).floatValue() + 0.25f));
        });
        var shown = Cli.run("compare", reference, "--run", other);
        assertThat(shown.exitCode()).isZero();
        assertThat(shown.out()).contains("     1       1     2.500e-01").contains("max |dlogit| 2.500e-01, greedy ids the same");
        assertThat(Cli.run("compare", reference, "--run", other, "--max-delta", 0.2).exitCode()).isEqualTo(1);
        assertThat(Cli.run("compare", reference, "--run", other, "--max-delta", 0.3).exitCode()).isZero();
    }

    @Test
    void theFirstIdThatDiffersIsShownAndFailsWhereALimitIsGiven() throws IOException {
        var other = changed(root -> ((ArrayNode) root.at("/prompts/0/output_ids")).set(2, 258));
        var result = Cli.run("compare", reference, "--run", other, "--max-delta", 1);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).contains("differ from new token 2").endsWith("greedy ids differ" + System.lineSeparator());
    }

    @Test
    void aLogitThatIsNoNumberIsTheWorstOfAll() throws IOException {
        var other = changed(root -> ((ArrayNode) root.at("/prompts/0/prefill_logits")).set(0, "NaN"));
        var result = Cli.run("compare", reference, "--run", other, "--max-delta", 1e30);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).contains("max |dlogit| Infinity");
    }

    @Test
    void topFiveCountsWhatBothHave() throws IOException {
        var other = changed(root -> {
            var logits = (ArrayNode) root.at("/prompts/0/prefill_logits");
            for (int i = 0; i < logits.size(); i++) {
                logits.set(i, JSON.getNodeFactory().numberNode(-logits.get(i).floatValue()));
            }
        });
        assertThat(Cli.run("compare", reference, "--run", other).out()).contains("0/5");
    }

    @Test
    void runsOfOtherPromptsCannotBeCompared() throws IOException {
        refused(changed(root -> ((ArrayNode) root.at("/prompts/0/input_ids")).set(1, 99)),
                "prompt 0 has the ids [5, 6, 7, 8, 9, 10] in the reference, but [5, 99, 7, 8, 9, 10] in the run");
        refused(changed(root -> ((ArrayNode) root.at("/prompts")).remove(1)), reference + " has 2 prompts, the run has 1");
        refused(changed(root -> ((ArrayNode) root.at("/prompts/1/prefill_logits")).remove(0)), "prompt 1 has 259 logits in the reference, but 258 in the run");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '#', value = {"{|is no run file but not valid JSON at line 1, column 2: Unexpected end-of-input: expected close marker for Object", "{}|is no run file: it lacks 'prompts'", "[]|is no run file: it lacks 'prompts'",
        "{\"prompts\": []}|'prompts' must be an array of at least one", "{\"prompts\": 3}|'prompts' must be an array of at least one",
        "{\"prompts\": [{}]}|it lacks 'input_ids'", "{\"prompts\": [5]}|it lacks 'input_ids'"})
    void aFileThatIsNoRunIsNamed(String text, String message) throws IOException {
        refused(Files.writeString(folder.resolve("other.json"), text), folder.resolve("other.json") + " is no run file", message);
    }

    @Test
    void aFileThatIsMissingIsNamed() {
        refused(folder.resolve("missing.json"), folder.resolve("missing.json") + " does not exist");
    }

    private void refused(Path run, String... messages) {
        var result = Cli.run("compare", reference, "--run", run);
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).startsWith("gatun: ").contains(messages).hasLineCount(1);
    }

    private Path changed(Consumer<ObjectNode> change) throws IOException {
        var root = (ObjectNode) JSON.readTree(reference.toFile());
        change.accept(root);
        return Files.writeString(folder.resolve("changed.json"), root.toString());
    }
}
