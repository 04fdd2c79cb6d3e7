package io.gatun.server.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.runtime.chat.ChatMedia;
import io.gatun.runtime.multimodal.Media;
import io.gatun.runtime.multimodal.source.ImageSource;
import io.gatun.server.UsageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MmmuTest {
    private static final EvalData SAMPLE = new EvalData(Path.of("..", "models", "samples", "eval", "mmmu"), Optional.empty(), List.of());
    private final Mmmu mmmu = new Mmmu();

    @Test
    void asksInChatsWithPicturesWhereTheyStand() {
        var picture = new Part.Image(new byte[]{1, 2}, "validation_Art_1, image_1");
        var question = Question.ofParts("Art", List.of(new Part.Text("See "), picture, new Part.Text(". What?")), List.of(), "red");
        var found = ChatMedia.of(question.chat(0).messages());
        assertThat(found.messages()).containsExactly(Map.of("role", "user", "content", List.of(Map.of("type", "text", "text", "See "), Map.of("type", "image"),
                Map.of("type", "text", "text", ". What?"))));
        assertThat(found.media()).containsExactly(new Media.Image(new ImageSource.Bytes(picture.bytes())));
        assertThat(mmmu.isChat()).isTrue();
    }

    @Test
    void gradesLettersAndFreeAnswers() {
        var choice = Question.ofParts("Art", List.of(), List.of("red", "blue"), "B");
        assertThat(mmmu.answer(choice, " (B).")).contains("B");
        assertThat(mmmu.answer(choice, "purple")).isEmpty();
        assertThat(mmmu.isRight(choice, "B")).isTrue();
        assertThat(mmmu.isRight(choice, "A")).isFalse();
        var free = Question.ofParts("Math", List.of(), List.of(), "['24/7', '3.429']");
        assertThat(mmmu.answer(free, " 3.43\n")).contains("3.43");
        assertThat(mmmu.answer(free, " \n")).isEmpty();
        assertThat(mmmu.isRight(free, "It is 3.43")).isTrue();
        assertThat(mmmu.isRight(free, "24")).isFalse();
    }

    @Test
    void countsEachRightAnswerOfTheSampleSetAsRight() {
        var questions = mmmu.questions(SAMPLE, 0, Integer.MAX_VALUE);
        assertThat(questions).isNotEmpty().allMatch(question -> mmmu.answer(question, question.label())
                .filter(answer -> mmmu.isRight(question, answer)).isPresent());
    }

    @Test
    void writesScoresBySubject(@TempDir Path folder) throws IOException {
        var answers = mmmu.questions(SAMPLE, 0, 2).stream().map(question -> new Answer(question, "prompt", question.label(), Optional.of(question.label()),
                !question.subject().equals("Places"), 1, List.of())).toList();
        var result = new EvalResult("mmmu", "model", "data", 0, true, answers, 2);
        assertThat(result.table()).contains("Places", "0 of 2", "2 of 2", "75.0 % (6 right)", "as chats");
        var file = folder.resolve("out.json");
        result.write(file);
        var json = new ObjectMapper().readTree(file.toFile());
        assertThat(json.path("subjects").path("Places").asDouble()).isZero();
        assertThat(json.path("accuracy").asDouble()).isEqualTo(0.75);
        assertThat(json.path("questions")).hasSize(8);
    }

    @Test
    void takesNoExamples() {
        assertThatThrownBy(() -> mmmu.questions(SAMPLE, 1, 1)).isInstanceOf(UsageException.class).hasMessageContaining("without examples");
    }
}
