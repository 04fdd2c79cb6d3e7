package com.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatun.kernels.DeviceChoice;
import io.gatun.models.LlamaForCausalLM;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.StaticBatch;
import io.gatun.runtime.model.ModelRegistry;
import io.gatun.runtime.model.ModelRunner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LlamaWrapperTest {
    private static final Path SAMPLE = Path.of("../../models/samples/llama");

    @TempDir
    private Path folder;

    @Test
    void runAnswersTheThreePrompts() throws IOException {
        copySample("LlamaWrapper");
        var out = new ByteArrayOutputStream();
        var standardOut = System.out;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            Run.main(new String[] {folder.toString()});
        } finally {
            System.setOut(standardOut);
        }
        assertThat(out.toString(StandardCharsets.UTF_8)).containsPattern("my name is\nGenerated text: .+\n").containsPattern("France is\nGenerated text: .+\n")
                .containsPattern("AI is\nGenerated text: .+");
    }

    @Test
    void positiveLogitsAreTheSquareRootsOfLlamas() throws IOException {
        ModelRegistry.override("SquareRootsForTest", LlamaWrapper::new);
        float[] plain = logits("LlamaForCausalLM");
        float[] wrapped = logits("SquareRootsForTest");
        for (int i = 0; i < plain.length; i++) {
            assertThat(wrapped[i]).isCloseTo(plain[i] > 0 ? (float) Math.sqrt(plain[i]) : plain[i], within(1e-6f));
        }
        assertThat(LlamaWrapper.class).isAssignableTo(LlamaForCausalLM.class);
    }

    private float[] logits(String architecture) throws IOException {
        copySample(architecture);
        try (var runner = ModelRunner.load(EngineOptions.builder(folder).device(DeviceChoice.CPU).build());
                var batch = new StaticBatch(runner, List.of(new int[] {5, 6, 7}), 1)) {
            return batch.extend(new int[] {3}).nextTokenLogits().toFloats();
        }
    }

    /** The sample with another name under {@code architectures}. */
    private void copySample(String architecture) throws IOException {
        try (var files = Files.list(SAMPLE)) {
            for (var file : files.toList()) {
                Files.write(folder.resolve(file.getFileName()), Files.readAllBytes(file));
            }
        }
        var config = folder.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("LlamaForCausalLM", architecture));
    }
}
