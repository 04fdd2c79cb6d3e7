package io.gatun.server.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.server.Cli;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Evaluations through an engine. */
class EvalCommandTest {
    private static final Path SAMPLES = Path.of("..", "models", "samples");
    /** What scripts/eval_hf.py, which puts the same questions to Hugging Face, gets; the fourth from the end is wrong. */
    private static final List<String> COLOURS_AND_SHAPES = List.of("A", "B", "triangle", "B", "A", "yellow", "A", "B", "second", "B", "A", "purple", "D", "B",
            "No", "B", "A", "black", "A", "B", "heart");

    @TempDir
    private Path folder;

    @Test
    void theSampleThatSeesAnswersMmmuAsUnderHuggingFace() throws IOException {
        var json = folder.resolve("mmmu.json");
        var result = Cli.run("eval", "mmmu", "--data", SAMPLES.resolve("eval/mmmu"), "--subject", "Colours_and_Shapes", "--device", "cpu", "--model-path",
                SAMPLES.resolve("qwen2vl"), "--json", json);
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("mmmu, 0 shots, as chats", "95.2 % (20 right)");
        assertThat(new ObjectMapper().readTree(json.toFile()).get("questions").valueStream().map(question -> question.get("output").textValue()))
                .containsExactlyElementsOf(COLOURS_AND_SHAPES);
    }

    @Test
    void aModelOfTextIsToldOfThePictures() {
        var result = Cli.run("eval", "mmmu", "--data", SAMPLES.resolve("eval/mmmu"), "--num-questions", 1, "--device", "cpu", "--model-path",
                SAMPLES.resolve("llama"));
        assertThat(result.exitCode()).isNotZero();
        assertThat(result.err()).contains("LlamaForCausalLM reads text only");
    }
}
