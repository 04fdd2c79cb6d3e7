package io.gatun.runtime.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each component and regex construct by itself, against the original on fuzzed text. */
class ComponentOracleTest {
    private static final int TEXTS = 150;

    @TempDir
    private Path folder;

    static List<String> normalizers() {
        return TokenizerFile.lines("normalizers");
    }

    static List<String> preTokenizers() {
        return TokenizerFile.lines("pre-tokenizers");
    }

    static List<String> regexes() {
        return TokenizerFile.lines("regexes");
    }

    static List<String> normalizersAroundAddedTokens() {
        return TokenizerFile.lines("normalizers-around-added-tokens");
    }

    static List<String> decoders() {
        return TokenizerFile.lines("decoders");
    }

    /** A Replace that matches the empty string is missing: the original panics on it. */
    @ParameterizedTest
        @MethodSource("normalizers")
    void normalizesAsTheOriginal(String normalizer) {
        var file = new TokenizerFile().with("normalizer", normalizer);
        assertEncodesAsTheOriginal(normalizer.contains("ByteLevel") ? file.with("pre_tokenizer", "null") : file, List.of());
    }

    @ParameterizedTest
        @MethodSource("preTokenizers")
    void cutsAsTheOriginal(String preTokenizer) {
        assertEncodesAsTheOriginal(new TokenizerFile().splitBy(preTokenizer), List.of());
    }

    @ParameterizedTest
        @MethodSource("regexes")
    void matchesAsTheOriginal(String regex) {
        assertEncodesAsTheOriginal(new TokenizerFile().splitByRegex(regex, "Isolated"), List.of());
        assertEncodesAsTheOriginal(new TokenizerFile().splitByRegex(regex, "Removed"), List.of());
    }

    /** Added tokens of every combination of flags, with and without a normalizer that moves things. */
    @ParameterizedTest
        @MethodSource("normalizersAroundAddedTokens")
    void findsAddedTokensAsTheOriginal(String normalizer) {
        var contents = List.of("<A>", "<a>", "<a>b", " word", "Word", "or", "don", "\n", " <s>", "你", "--", "<X>\n", "ef", "\u00C9e");
        for (int seed = 0; seed < 8; seed++) {
            var random = new Random(seed);
            var added = new StringJoiner(", ", "[", "]");
            for (var content : contents) {
                // The original panics on an lstrip token of white space behind an rstrip one, and on a token that normalizes to nothing.
                boolean blank = content.isBlank();
                added.add("{'id': %d, 'content': '%s', 'single_word': %b, 'lstrip': %b, 'rstrip': %b, 'normalized': %b, 'special': %b}"
                        .formatted(512 + contents.indexOf(content), content.replace("\n", "\\n"), random.nextInt(4) == 0,
                                random.nextInt(3) == 0 && !blank, random.nextInt(3) == 0, random.nextBoolean() && !blank,
                                random.nextBoolean()));
            }
            assertEncodesAsTheOriginal(new TokenizerFile().with("normalizer", normalizer).with("added_tokens", added.toString())
                    .splitBy("{'type': 'Metaspace', 'replacement': '_', 'prepend_scheme': 'first', 'split': true}"), contents);
        }
    }

    static Stream<String> models() {
        return Stream.of("'unk_token': 'u', 'fuse_unk': true", "'unk_token': 'u', 'fuse_unk': false", "'unk_token': null",
                "'unk_token': 'u', 'byte_fallback': true",
                "'unk_token': 'u', 'fuse_unk': true, 'byte_fallback': true, 'end_of_word_suffix': '~'",
                "'unk_token': 'u', 'ignore_merges': true, 'end_of_word_suffix': '~'",
                "'byte_fallback': true, 'continuing_subword_prefix': '#'");
    }

    /** A small alphabet with many merges, byte tokens for some bytes only, prefixes and suffixes. */
    @ParameterizedTest
    @MethodSource("models")
    void mergesAsTheOriginal(String options) {
        for (int seed = 0; seed < 12; seed++) {
            var file = new TokenizerFile().with("pre_tokenizer", seed % 2 == 0 ? "null" : "{'type': 'WhitespaceSplit'}")
                    .with("model", randomModel(options, new Random(seed)));
            assertEncodesAsTheOriginal(file, List.of("abababcabcaab", "aaaaaaaaaaaaaaaaaaaaa", "abcd".repeat(100), "bdu a"));
        }
    }

    private static String randomModel(String options, Random random) {
        var prefix = options.contains("'#'") ? "#" : "";
        var suffix = options.contains("'~'") ? "~" : "";
        var tokens = new ArrayList<>(List.of("u", "a", "b", "c", "d", " ", "<0xC3>", "<0xA9>", "<0x7E>", "<0x6F>"));
        if (!prefix.isEmpty()) {
            List.of("#a", "#b", "#c").forEach(tokens::add);
        }
        if (!suffix.isEmpty()) {
            List.of("a~", "b~").forEach(tokens::add);
        }
        var merges = new StringJoiner(", ", "[", "]");
        for (int i = 0; i < 60; i++) {
            var left = tokens.get(random.nextInt(tokens.size()));
            var right = tokens.get(random.nextInt(tokens.size()));
            boolean spaced = left.contains(" ") || right.contains(" ");
            if (spaced || left.endsWith("~") || !right.startsWith(prefix) || left.length() + right.length() > 12) {
                continue;
            }
            merges.add("['" + left + "', '" + right + "']");
            var merged = left + right.substring(prefix.length());
            if (!tokens.contains(merged)) {
                tokens.add(merged);
            }
        }
        var vocabulary = new StringJoiner(", ", "{", "}");
        tokens.forEach(token -> vocabulary.add("'" + token + "': " + tokens.indexOf(token)));
        return "{'type': 'BPE', " + options + ", 'vocab': " + vocabulary + ", 'merges': " + merges + "}";
    }

    @ParameterizedTest
        @MethodSource("decoders")
    void decodesAsTheOriginal(String decoder) {
        var path = new TokenizerFile().with("decoder", decoder).with("model", "{'type': 'BPE', 'merges': [], 'vocab': {"
                + "'a': 0, 'b': 1, 'c': 2, 'aa': 3, 'aab': 4, 'baa': 5, '<0xE2>': 6, '<0x82>': 7, '<0xAC>': 8, '<0x4>': 9, '<0xg0>': 10, "
                + "'<0x+5>': 11, '<0x0a>': 12, 'Ġ': 13, 'â': 14, 'Ĥ': 15, '¬': 16, 'abab': 17, "
                + "'\uD83D\uDC4D': 18, '': 19}}").write(folder);
        var tokenizer = Tokenizer.fromFile(path);
        try (var oracle = new Oracle(path)) {
            var random = new Random(3);
            for (int i = 0; i < TEXTS; i++) {
                TokenizerOracleTest.assertDecodesAsTheOriginal(tokenizer, oracle, random.ints(1 + random.nextInt(10), 0, 20).toArray());
            }
        }
    }

    private void assertEncodesAsTheOriginal(TokenizerFile file, List<String> specials) {
        var path = file.write(folder);
        var tokenizer = Tokenizer.fromFile(path);
        var texts = new FuzzText(17, specials);
        try (var oracle = new Oracle(path)) {
            for (int i = 0; i < TEXTS; i++) {
                var text = texts.next();
                assertThat(tokenizer.encode(text)).as("ids of '%s'", text).isEqualTo(oracle.encode(text, true));
            }
        }
    }
}
