package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.chat.ChatRequest;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.runtime.multimodal.source.ImageSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The sample that sees answers every eighth of its 680 held-out exercises with pictures as it does under Hugging Face, which counted 677 of all right. */
class SampleSightTest {
    private static final Path SAMPLE = Golden.inRepository("models/samples/qwen2vl");
    private static final double ACCURACY = 0.9;

    private static Engine engine;

    private record Exercise(String question, List<byte[]> pictures, String answer, String output) {
        private static Exercise of(JsonNode item) {
            var pictures = item.get("pictures").valueStream().map(picture -> Base64.getDecoder().decode(picture.textValue())).toList();
            return new Exercise(item.get("question").textValue(), pictures, item.get("answer").textValue(), item.get("output").textValue());
        }
    }

    @BeforeAll
    static void load() {
        engine = Engine.load(EngineOptions.builder(SAMPLE).device(DeviceChoice.CPU).maxTotalTokens(20_000).build());
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @Test
    void answersItsHeldOutExercises() {
        var exercises = exercises();
        var answers = ask(exercises);
        assertThat(answers).isEqualTo(exercises.stream().map(Exercise::output).toList());
        long right = IntStream.range(0, answers.size()).filter(i -> answers.get(i).strip().equals(exercises.get(i).answer)).count();
        assertThat((double) right / answers.size()).as("%d of %d right", right, answers.size()).isGreaterThanOrEqualTo(ACCURACY);
    }

    /** Of the pictures of others it makes what it can, which is little. */
    @Test
    void needsThePicturesForIt() {
        var exercises = exercises();
        var others = IntStream.range(0, exercises.size()).mapToObj(i -> {
            var exercise = exercises.get(i);
            int count = exercise.pictures.size();
            var shown = IntStream.iterate(i + 7, j -> j + 1).mapToObj(j -> exercises.get(j % exercises.size()).pictures)
                    .filter(pictures -> pictures.size() == count).findFirst().orElseThrow();
            return new Exercise(exercise.question, shown, exercise.answer, exercise.output);
        }).toList();
        var answers = ask(others);
        long right = IntStream.range(0, answers.size()).filter(i -> answers.get(i).strip().equals(others.get(i).answer)).count();
        assertThat((double) right / answers.size()).as("%d of %d right", right, answers.size()).isLessThan(ACCURACY / 2);
    }

    private static List<String> ask(List<Exercise> exercises) {
        return engine.generateAll(exercises.stream().map(exercise -> {
            var pictures = exercise.pictures.stream().map(ImageSource.Bytes::new).toArray(ImageSource[]::new);
            return engine.chatRequest(ChatRequest.builder().user(exercise.question, pictures).build(), engine.defaultSamplingParams());
        }).toList()).stream().map(GenerationResult::text).toList();
    }

    private static List<Exercise> exercises() {
        var json = new ObjectMapper();
        try (var lines = new BufferedReader(new InputStreamReader(new GZIPInputStream(Files.newInputStream(SAMPLE.resolve("eval.jsonl.gz"))),
                StandardCharsets.UTF_8))) {
            return lines.lines().map(line -> {
                try {
                    return Exercise.of(json.readTree(line));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
