package io.gatun.runtime.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
    private static final Tokenizer LLAMA3 = Tokenizer.fromFile(TokenizerOracleTest.file("llama3"));
    private static final Tokenizer LLAMA2 = Tokenizer.fromFile(TokenizerOracleTest.file("llama2"));

    @TempDir
    private Path folder;

    @Test
    void looksTokensUpBothWays() {
        int bos = LLAMA3.idOf("<|begin_of_text|>").orElseThrow();
        assertThat(LLAMA3.tokenOf(bos)).isEqualTo("<|begin_of_text|>");
        assertThat(LLAMA3.isSpecial(bos)).isTrue();
        assertThat(LLAMA3.encode("")).containsExactly(bos);
        assertThat(LLAMA3.encode("", false)).isEmpty();
        assertThat(LLAMA3.idOf("no such token")).isEmpty();
        assertThat(LLAMA3.vocabSize()).isEqualTo(906);
        assertThatIllegalArgumentException().isThrownBy(() -> LLAMA3.tokenOf(906)).withMessage("no token has id 906; ids are below 906");
        assertThatIllegalArgumentException().isThrownBy(() -> LLAMA3.tokenOf(-1));
    }

    @Test
    void countsIdsThatAreLeftOutInTheBoundOnly() {
        var file = new TokenizerFile().with("added_tokens", "[{'id': 600, 'content': 'far'}]").write(folder);
        var tokenizer = Tokenizer.fromFile(file);
        assertThat(tokenizer.vocabSize()).isEqualTo(513);
        assertThat(tokenizer.idBound()).isEqualTo(601);
        assertThat(tokenizer.decode(new int[] {'a', 599, 'b'}, false)).isEqualTo("ab");
    }

    @Test
    void readsTheTokensOfAModelFolder() throws IOException {
        Files.copy(TokenizerOracleTest.file("llama3"), folder.resolve("tokenizer.json"));
        assertThat(Tokenizer.fromDirectory(folder).eosId()).isEmpty();
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"bos_token": "<|begin_of_text|>", "eos_token": {"content": "<|eot_id|>", "special": true}, "pad_token": null}""");
        var tokenizer = Tokenizer.fromDirectory(folder);
        assertThat(tokenizer.bosId()).isEqualTo(tokenizer.idOf("<|begin_of_text|>"));
        assertThat(tokenizer.eosId()).isEqualTo(tokenizer.idOf("<|eot_id|>"));
        assertThat(tokenizer.padId()).isEmpty();
    }

    @Test
    void refusesAConfigurationThatNamesATokenTheTokenizerLacks() throws IOException {
        Files.copy(TokenizerOracleTest.file("llama3"), folder.resolve("tokenizer.json"));
        var config = Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": \"</s>\"}");
        assertThatExceptionOfType(TokenizerException.class).isThrownBy(() -> Tokenizer.fromDirectory(folder))
                .withMessage(config + ": eos_token is '</s>', which tokenizer.json has no token for");
    }

    @Test
    void takesALoneSurrogateForTheReplacementCharacter() {
        assertThat(LLAMA3.encode("a\uD83Db\uDC4D")).isEqualTo(LLAMA3.encode("a\uFFFDb\uFFFD"));
        assertThat(LLAMA2.encode("\uDC4D\uD83D")).isEqualTo(LLAMA2.encode("\uFFFD\uFFFD"));
    }

    @Test
    void holdsBytesBackUntilTheirCharacterIsComplete() {
        var stream = LLAMA2.streamingDecoder(true);
        int[] euro = {LLAMA2.idOf("<0xE2>").orElseThrow(), LLAMA2.idOf("<0x82>").orElseThrow(), LLAMA2.idOf("<0xAC>").orElseThrow()};
        assertThat(stream.push(euro[0]) + stream.push(euro[1]) + stream.push(euro[2])).isEmpty();
        assertThat(stream.push(LLAMA2.idOf("\u2581").orElseThrow())).isEqualTo("€ ");
        assertThat(stream.push(euro[0])).isEmpty();
        assertThat(stream.flush()).isEqualTo("\uFFFD");
        assertThatIllegalStateException().isThrownBy(() -> stream.push(1));
    }

    @Test
    void givesTextOfByteLevelTokensAsSoonAsItIsComplete() {
        var stream = LLAMA3.streamingDecoder(true);
        int[] ids = LLAMA3.encode("ab €", false);
        assertThat(Arrays.stream(ids).mapToObj(stream::push).toList()).containsExactly("a", "b", " ", "", "", "€");
    }

    @Test
    void encodesVeryLongWordsInNearLinearTime() {
        for (var word : List.of("ab", "a", " ", "\n ", "!", "1", "\u1E00", "\uD83D\uDC4D", "\u0301", "don't ")) {
            for (var tokenizer : List.of(LLAMA3, LLAMA2, Tokenizer.fromFile(TokenizerOracleTest.file("o200k")))) {
                Assertions.assertTimeout(Duration.ofSeconds(2), () -> tokenizer.encode(word.repeat(100_000)), word);
            }
        }
    }

    @Test
    void isSharedByManyThreads() throws Exception {
        var fuzz = new FuzzText(5, TokenizerOracleTest.specials(LLAMA3));
        var texts = new ArrayList<String>();
        for (int i = 0; i < 500; i++) {
            texts.add(fuzz.next());
        }
        var alone = Tokenizer.fromFile(TokenizerOracleTest.file("llama3"));
        var expected = texts.stream().map(alone::encode).toList();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var results = new ArrayList<Future<List<int[]>>>();
            for (int i = 0; i < 16; i++) {
                results.add(threads.submit(() -> texts.stream().map(LLAMA3::encode).toList()));
            }
            for (var result : results) {
                assertThat(result.get()).usingElementComparator(Arrays::compare).isEqualTo(expected);
            }
        }
    }
}
