package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.sampling.SamplingParams;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The sample answers its held-out exercises as it does under Hugging Face, which counted 628 of 633 right. */
class SampleAccuracyTest {
    private static final Path SAMPLE = Golden.named("sample-llama").folder();
    private static final double ACCURACY = 0.99;
    private static final int BATCH = 50;
    private static final int MAX_NEW_TOKENS = 96;

    private record Exercise(String prompt, String answer) {
    }

    @Test
    void answersItsHeldOutExercises() throws IOException {
        var exercises = exercises();
        int right = 0;
        try (var engine = Engine.load(EngineOptions.builder(SAMPLE).device(DeviceChoice.CPU).maxTotalTokens(20_000).build())) {
            for (int from = 0; from < exercises.size(); from += BATCH) {
                var batch = exercises.subList(from, Math.min(exercises.size(), from + BATCH));
                var results = engine.generate(batch.stream().map(Exercise::prompt).toList(), SamplingParams.greedy(MAX_NEW_TOKENS));
                for (int i = 0; i < batch.size(); i++) {
                    right += results.get(i).text().strip().equals(batch.get(i).answer()) ? 1 : 0;
                }
            }
        }
        assertThat((double) right / exercises.size()).as("%d of %d right", right, exercises.size()).isGreaterThanOrEqualTo(ACCURACY);
    }

    private static List<Exercise> exercises() throws IOException {
        var json = new ObjectMapper();
        var exercises = new ArrayList<Exercise>();
        for (String line : Files.readAllLines(SAMPLE.resolve("eval.jsonl"))) {
            var item = json.readTree(line);
            exercises.add(new Exercise(item.has("prompt") ? item.get("prompt").textValue() : chat(item.get("messages")), item.get("answer").textValue()));
        }
        return exercises;
    }

    /** What the sample's chat template makes of messages; the tokenizer puts the first token before it. */
    private static String chat(JsonNode messages) {
        var text = new StringBuilder();
        for (var message : messages) {
            text.append(header(message.get("role").textValue())).append(message.get("content").textValue().strip()).append("<|eot_id|>");
        }
        return text + header("assistant");
    }

    private static String header(String role) {
        return "<|start_header_id|>" + role + "<|end_header_id|>\n\n";
    }
}
