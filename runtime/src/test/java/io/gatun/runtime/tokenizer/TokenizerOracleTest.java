package io.gatun.runtime.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sample's tokenizer and every one of {@code scripts/goldens/make_tokenizers.py}, against the original on fuzzed text and ids. */
class TokenizerOracleTest {
    private static final int TEXTS = 4000;

    @ParameterizedTest
    @ValueSource(strings = {"llama3", "qwen2", "llama2", "mistral", "gemma", "gpt2", "deepseek", "o200k", "sample"})
    void encodesAndDecodesAsTheOriginal(String name) {
        var file = file(name);
        var tokenizer = Tokenizer.fromFile(file);
        var texts = new FuzzText(name.hashCode(), specials(tokenizer));
        try (var oracle = new Oracle(file)) {
            for (int i = 0; i < TEXTS; i++) {
                var text = texts.next();
                int[] ids = tokenizer.encode(text);
                assertThat(ids).as("ids of '%s'", text).isEqualTo(oracle.encode(text, true));
                assertThat(tokenizer.encode(text, false)).as("ids of '%s'", text).isEqualTo(oracle.encode(text, false));
                assertDecodesAsTheOriginal(tokenizer, oracle, ids);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3", "qwen2", "llama2", "mistral", "gemma", "gpt2", "deepseek", "o200k", "sample"})
    void decodesAnyIdsAsTheOriginal(String name) {
        var file = file(name);
        var tokenizer = Tokenizer.fromFile(file);
        var random = new Random(name.hashCode());
        var bytes = IntStream.range(0, tokenizer.idBound()).filter(id -> tokenizer.tokenOf(id).matches("<0x..>|[^!-~]")).toArray();
        try (var oracle = new Oracle(file)) {
            for (int i = 0; i < TEXTS; i++) {
                int[] ids = random.ints(random.nextInt(12), 0, tokenizer.idBound() + 2)
                        .map(id -> random.nextBoolean() ? id : bytes[random.nextInt(bytes.length)]).toArray();
                assertDecodesAsTheOriginal(tokenizer, oracle, ids);
            }
        }
    }

    static void assertDecodesAsTheOriginal(Tokenizer tokenizer, Oracle oracle, int[] ids) {
        for (boolean skipSpecialTokens : new boolean[] {true, false}) {
            var whole = tokenizer.decode(ids, skipSpecialTokens);
            assertThat(whole).as("text of %s", ids).isEqualTo(oracle.decode(ids, skipSpecialTokens));
            var stream = tokenizer.streamingDecoder(skipSpecialTokens);
            var pushed = new StringBuilder();
            for (int id : ids) {
                var text = stream.push(id);
                assertThat(Unicode.wellFormed(text)).as("no code point is split").isEqualTo(text);
                pushed.append(text);
            }
            assertThat(pushed.append(stream.flush())).hasToString(whole);
        }
    }

    static List<String> specials(Tokenizer tokenizer) {
        return IntStream.range(0, tokenizer.idBound()).mapToObj(tokenizer::tokenOf).filter(t -> t.matches("<.*>|\\[.*]|word")).toList();
    }

    static Path file(String name) {
        if (name.equals("sample")) {
            return Path.of("../models/samples/llama/tokenizer.json");
        }
        try {
            return Path.of(TokenizerOracleTest.class.getResource("/tokenizers/" + name + ".json").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
