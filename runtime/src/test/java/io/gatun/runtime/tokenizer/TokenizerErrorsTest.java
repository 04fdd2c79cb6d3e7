package io.gatun.runtime.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** What is wrong with a file is said with the file, the place and what would be right. */
class TokenizerErrorsTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvFileSource(resources = "/tokenizers/errors.csv", delimiter = '|', quoteCharacter = '~')
    void saysWhatIsWrongAndWhere(String part, String value, String message) {
        var file = new TokenizerFile().with(part, value).write(folder);
        assertThatExceptionOfType(TokenizerException.class).isThrownBy(() -> Tokenizer.fromFile(file))
                .withMessageStartingWith(file.toString()).withMessageContaining(message);
    }

    @Test
    void saysThatATokenIsInTheVocabularyTwice() throws IOException {
        assertFails("{\"model\": {\"vocab\": {\"a\": 0, \"a\": 1}, \"merges\": []}}", "model: vocab: 'a' is there twice, as 0 and 1");
    }

    @Test
    void saysWhereMalformedJsonBreaks() throws IOException {
        assertFails("{\"model\": {\"vocab\": {\"a\": 0,\n]}}", "is not valid JSON", "line 2, column 1");
        assertFails("{\"model\": {\"vocab\"", "is not valid JSON");
        assertFails("{\"model\": {\"vocab\": {}, \"merges\": []}} {}", "goes on after its JSON object ends");
        assertFails("[]", "must hold a JSON object");
        assertFails("", "must hold a JSON object");
    }

    @Test
    void saysThatAFileIsMissingOrNotUtf8() throws IOException {
        var missing = folder.resolve("nowhere.json");
        assertThatExceptionOfType(TokenizerException.class).isThrownBy(() -> Tokenizer.fromFile(missing))
                .withMessage("there is no " + missing);
        var latin1 = Files.write(folder.resolve("latin1.json"), new byte[] {'{', '"', (byte) 0xE9, '"'});
        assertThatExceptionOfType(TokenizerException.class).isThrownBy(() -> Tokenizer.fromFile(latin1))
                .withMessage(latin1 + " is not UTF-8");
    }

    private void assertFails(String json, String... parts) throws IOException {
        var file = Files.writeString(folder.resolve("broken.json"), json);
        assertThatExceptionOfType(TokenizerException.class).isThrownBy(() -> Tokenizer.fromFile(file))
                .withMessageStartingWith(file.toString()).satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }
}
