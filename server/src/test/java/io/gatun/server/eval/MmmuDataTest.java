package io.gatun.server.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.server.UsageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MmmuDataTest {
    private static final Path SAMPLE = Path.of("..", "models", "samples", "eval", "mmmu");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LETTER = "\n\nAnswer with the option's letter from the given choices directly.";
    private static final String PHRASE = "\nAnswer the question using a single word or phrase.";

    @TempDir
    private Path folder;
    private ObjectNode row;

    @BeforeEach
    void writeRow() {
        row = JSON.createObjectNode().put("id", "validation_Art_Theory_7").put("question", "What is <image 1>?").put("options", "['a circle', \"it's red\"]")
                .put("answer", "B").put("question_type", "multiple-choice");
        for (int i = 1; i <= 7; i++) {
            row.putNull("image_" + i);
        }
        putImage(1, "one");
    }

    @Test
    void buildsTheBenchmarksPrompts() {
        assertThat(MmmuData.prompt("What is it?", List.of("red", "blue"))).isEqualTo("What is it?\n(A) red\n(B) blue" + LETTER);
        assertThat(MmmuData.prompt("What is it?", List.of())).isEqualTo("What is it?" + PHRASE);
    }

    @Test
    void putsPicturesWhereTheirTagsStand() throws IOException {
        putImage(2, "two");
        row.put("question", "See <image 2> and <image 1>. Which?").put("options", "['<image 2>', 'none']");
        assertThat(shown(read())).containsExactly("See ", "[two]", " and ", "[one]", ". Which?\n(A) ", "[two]", "\n(B) none" + LETTER);
    }

    @Test
    void putsPicturesWithoutTagsToTheEnd() throws IOException {
        putImage(3, "three");
        row.put("question", "<image>What?").put("question_type", "open").put("options", "[]").put("answer", "['24/7', '3.429']");
        var item = read();
        assertThat(shown(item)).containsExactly("[one]", "What?" + PHRASE, "[three]");
        assertThat(item.options()).isEmpty();
        assertThat(MmmuData.answers(item.answer())).containsExactly("24/7", "3.429");
        assertThat(MmmuData.answers("$5")).containsExactly("$5");
    }

    @Test
    void takesTheSubjectFromTheIdAndElseFromTheFolder() throws IOException {
        assertThat(read().subject()).isEqualTo("Art_Theory");
        row.put("id", "7");
        assertThat(read().subject()).isEqualTo(folder.getFileName().toString());
    }

    @Test
    void namesWhatIsWrong() {
        assertFault("question", "See <image 2>.", "field 'question' refers to <image 2>, but 'image_2' is empty");
        assertFault("question", "See <image 99999999999>.", "field 'question' refers to <image 99999999999>, but there are only image_1 to image_7");
        assertFault("options", "red", "field 'options' is red; it must be a list such as ['red', 'green']");
        assertFault("options", "[]", "field 'options' has 0 options; it must have 1 to 26");
        assertFault("answer", "C", "field 'answer' is 'C'; it must be one of A to B");
        row.set("image_1", JSON.createObjectNode().put("path", "a.png"));
        assertThatThrownBy(this::read).isInstanceOf(UsageException.class).hasMessageContaining("field 'image_1' has no bytes");
    }

    @Test
    void readsThePublishedLayout() throws IOException {
        var items = MmmuData.read(new EvalData(SAMPLE, Optional.empty(), List.of()), Integer.MAX_VALUE);
        assertThat(items).extracting(MmmuData.Item::subject).containsOnly("Colours_and_Shapes", "Counting", "Numbers", "Places").hasSize(84);
        assertThat(items).filteredOn(item -> item.options().isEmpty()).hasSize(28);
        assertThat(items).anyMatch(item -> images(item).size() == 2);
        for (var item : items) {
            assertThat(images(item)).isNotEmpty();
            for (var image : images(item)) {
                assertThat(ImageIO.read(new ByteArrayInputStream(image.bytes()))).as(image.name()).isNotNull();
            }
        }
    }

    @Test
    void readsOnlyTheSubjectsThatAreWanted() {
        var items = MmmuData.read(new EvalData(SAMPLE, Optional.empty(), List.of("Places", "Numbers")), 5);
        assertThat(items).hasSize(10).extracting(MmmuData.Item::subject).containsOnly("Numbers", "Places");
        assertThatThrownBy(() -> MmmuData.read(new EvalData(SAMPLE, Optional.empty(), List.of("Places", "Music")), 5)).isInstanceOf(UsageException.class)
                .hasMessageContaining("has no questions of the subject 'Music'");
        assertThatThrownBy(() -> MmmuData.read(new EvalData(SAMPLE, Optional.empty(), List.of("Music")), 5)).isInstanceOf(UsageException.class)
                .hasMessageContaining("has no Music/validation*.parquet; its folders are [Colours_and_Shapes, Counting, Numbers, Places]");
        assertThatThrownBy(() -> MmmuData.read(new EvalData(folder.resolve("none"), Optional.empty(), List.of()), 5)).isInstanceOf(UsageException.class)
                .hasMessageEndingWith("none does not exist");
    }

    private void assertFault(String field, String value, String message) {
        var before = row.get(field);
        row.put(field, value);
        assertThatThrownBy(this::read).isInstanceOf(UsageException.class).hasMessageContaining("line 1: " + message);
        row.set(field, before);
    }

    private void putImage(int number, String content) {
        row.putObject("image_" + number).put("bytes", Base64.getEncoder().encodeToString(content.getBytes())).put("path", content + ".png");
    }

    /** JSON Lines stand for parquet here; their bytes are Base64. */
    private MmmuData.Item read() throws IOException {
        var file = Files.writeString(folder.resolve("validation.jsonl"), JSON.writeValueAsString(row));
        return MmmuData.read(new EvalData(file, Optional.empty(), List.of()), 1).getFirst();
    }

    private static List<Part.Image> images(MmmuData.Item item) {
        return item.prompt().stream().filter(Part.Image.class::isInstance).map(Part.Image.class::cast).toList();
    }

    private static List<String> shown(MmmuData.Item item) {
        var shown = new ArrayList<String>();
        for (var part : item.prompt()) {
            shown.add(switch (part) {
                case Part.Text words -> words.text();
                case Part.Image image -> "[" + new String(image.bytes()) + "]";
            });
        }
        return shown;
    }
}
