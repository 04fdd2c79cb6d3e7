package io.gatun.runtime.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every code point there is, through each character class and each normalizer, against the original. */
class UnicodeOracleTest {
    private static final int CHUNK = 200;

    @TempDir
    private Path folder;

    static List<String> classes() {
        return TokenizerFile.lines("classes");
    }

    @ParameterizedTest
        @MethodSource("classes")
    void aClassHoldsTheSameCharactersAsTheOriginals(String regex) {
        assertEqualOnEveryCodePoint(new TokenizerFile().splitByRegex(regex, "Removed"));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{'type': 'Digits', 'individual_digits': false}", "{'type': 'Whitespace'}", "{'type': 'WhitespaceSplit'}",
        "{'type': 'ByteLevel', 'add_prefix_space': false, 'trim_offsets': true, 'use_regex': true}"})
    void aPreTokenizerCutsAtTheSameCharactersAsTheOriginals(String preTokenizer) {
        assertEqualOnEveryCodePoint(new TokenizerFile().splitBy(preTokenizer));
    }

    @ParameterizedTest
    @ValueSource(strings = {"NFC", "NFD", "NFKC", "NFKD", "Lowercase"})
    void aNormalizerChangesTheSameCharactersAsTheOriginals(String type) {
        assertEqualOnEveryCodePoint(new TokenizerFile().with("normalizer", "{'type': '" + type + "'}"));
    }

    @Test
    void punctuationIsTheOriginalsButForACharacterReclassifiedSince() {
        assertEqualOnEveryCodePoint(new TokenizerFile().splitBy("{'type': 'Punctuation', 'behavior': 'Removed'}"), 0x166D);
    }

    @Test
    void accentsAreTheOriginalsButForTwoCharactersReclassifiedSince() {
        assertEqualOnEveryCodePoint(new TokenizerFile().with("normalizer", "{'type': 'StripAccents'}"), 0x1CF2, 0x1CF3);
    }

    private void assertEqualOnEveryCodePoint(TokenizerFile file, Integer... exceptions) {
        var path = file.write(folder);
        var tokenizer = Tokenizer.fromFile(path);
        int[] codePoints = CodePoints.representative().filter(c -> !Arrays.asList(exceptions).contains(c)).toArray();
        List<String> different = new ArrayList<>();
        try (var oracle = new Oracle(path)) {
            for (int start = 0; start < codePoints.length; start += CHUNK) {
                int[] chunk = Arrays.copyOfRange(codePoints, start, Math.min(start + CHUNK, codePoints.length));
                var text = Arrays.stream(chunk).mapToObj(Character::toString).collect(Collectors.joining("a"));
                if (!Arrays.equals(tokenizer.encode(text), oracle.encode(text, true))) {
                    Arrays.stream(chunk).filter(c -> !Arrays.equals(tokenizer.encode("a" + Character.toString(c)),
                            oracle.encode("a" + Character.toString(c), true))).forEach(c -> different.add("U+%04X".formatted(c)));
                    different.add("in context");
                }
            }
        }
        assertThat(different).isEmpty();
    }
}
