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
import org.junit.jupiter.params.provider.ValueSource;

/** Each component and regex construct by itself, against the original on fuzzed text. */
class ComponentOracleTest {
    private static final int TEXTS = 400;

    @TempDir
    private Path folder;

    /** A Replace that matches the empty string is missing: the original panics on it. */
    @ParameterizedTest
    @ValueSource(strings = {
        "{'type': 'Prepend', 'prepend': '\u2581'}", "{'type': 'Prepend', 'prepend': 'ab c'}",
        "{'type': 'Replace', 'pattern': {'String': ' '}, 'content': '\u2581'}", "{'type': 'Replace', 'pattern': {'String': 'or'}, 'content': ''}",
        "{'type': 'Replace', 'pattern': {'Regex': ' {2,}'}, 'content': ' '}", 
        "{'type': 'Replace', 'pattern': {'String': '.*'}, 'content': '$0'}",
        "{'type': 'Strip', 'strip_left': true, 'strip_right': true}", "{'type': 'Strip', 'strip_left': true, 'strip_right': false}",
        "{'type': 'Strip', 'strip_left': false, 'strip_right': true}", "{'type': 'ByteLevel'}", "{'type': 'Sequence', 'normalizers': []}",
        "{'type': 'Sequence', 'normalizers': [{'type': 'NFD'}, {'type': 'StripAccents'}, {'type': 'Lowercase'}, {'type': 'NFKC'}]}"})
    void normalizesAsTheOriginal(String normalizer) {
        var file = new TokenizerFile().with("normalizer", normalizer);
        assertEncodesAsTheOriginal(normalizer.contains("ByteLevel") ? file.with("pre_tokenizer", "null") : file, List.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{'type': 'Split', 'pattern': {'String': ' '}, 'behavior': 'Removed', 'invert': false}",
        "{'type': 'Split', 'pattern': {'String': ' '}, 'behavior': 'MergedWithPrevious', 'invert': false}",
        "{'type': 'Split', 'pattern': {'Regex': '[ o]|\\\\d'}, 'behavior': 'MergedWithPrevious', 'invert': false}",
        "{'type': 'Split', 'pattern': {'Regex': '[ o]|\\\\d'}, 'behavior': 'MergedWithNext', 'invert': false}",
        "{'type': 'Split', 'pattern': {'Regex': '[ o]|\\\\d'}, 'behavior': 'Contiguous', 'invert': false}",
        "{'type': 'Split', 'pattern': {'Regex': '[ o]|\\\\d'}, 'behavior': 'Isolated', 'invert': true}",
        "{'type': 'Split', 'pattern': {'Regex': '[ o]|\\\\d'}, 'behavior': 'Removed', 'invert': true}",
        "{'type': 'Split', 'pattern': {'Regex': '[ o]|\\\\d'}, 'behavior': 'Contiguous', 'invert': true}",
        "{'type': 'Split', 'pattern': {'Regex': '[ o]|\\\\d'}, 'behavior': 'MergedWithNext', 'invert': true}",
        "{'type': 'Split', 'pattern': {'Regex': '[ o]|\\\\d'}, 'behavior': 'MergedWithPrevious', 'invert': true}",
        "{'type': 'Metaspace', 'replacement': '\u2581', 'prepend_scheme': 'always', 'split': true}",
        "{'type': 'Metaspace', 'replacement': '\u2581', 'prepend_scheme': 'always', 'split': false}",
        "{'type': 'Metaspace', 'replacement': '\u2581', 'prepend_scheme': 'first', 'split': true}",
        "{'type': 'Metaspace', 'replacement': '_', 'prepend_scheme': 'never', 'split': true}",
        "{'type': 'Metaspace', 'replacement': '_', 'add_prefix_space': true}",
        "{'type': 'WhitespaceSplit'}, {'type': 'Metaspace', 'replacement': '\u2581', 'prepend_scheme': 'first'}",
        "{'type': 'Digits', 'individual_digits': false}", "{'type': 'Digits', 'individual_digits': true}",
        "{'type': 'Punctuation', 'behavior': 'Contiguous'}", "{'type': 'Punctuation', 'behavior': 'MergedWithNext'}", "{'type': 'Punctuation'}",
        "{'type': 'Whitespace'}", "{'type': 'WhitespaceSplit'}", "{'type': 'CharDelimiterSplit', 'delimiter': 'o'}",
        "{'type': 'ByteLevel', 'add_prefix_space': true, 'trim_offsets': true, 'use_regex': true}", "{'type': 'Sequence', 'pretokenizers': []}",
        "{'type': 'Sequence', 'pretokenizers': [{'type': 'Digits', 'individual_digits': false}, {'type': 'ByteLevel', 'add_prefix_space': true, "
            + "'trim_offsets': true}]}"})
    void cutsAsTheOriginal(String preTokenizer) {
        assertEncodesAsTheOriginal(new TokenizerFile().splitBy(preTokenizer), List.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "a|or|o", "(?i:'s|'t|'re)", "(?i)d|b", "o(?i)R|D", "(?:o(?i)R|D)w", "[^\\r\\n]+", ".+", "(?m:.+)", "^.", ".$", "\\A.", ".\\z", ".\\Z", "\\b\\w", "\\w\\b", "\\B.",
        "(?<=o)r", "(?<!o)r", "w(?=o)", "w(?!o)", "(?>o+)r", "\\s+(?!\\S)|\\s+", "\\p{N}{1,3}", "\\p{N}{2}", "\\p{L}{,2}", "[a-z]{2,}?", "o{1}?r", "[a-z]{2}+", "[a-z]?+d",
        "[a-z]*+", "[a-z]++x", "x*", "", "|a", "a{", "a{,}", "a{x}", "[]a]", "[a-]", "[-a]", "[a\\]b]", "[\\w-]", "[&a]", "[a&&[ab]]", "[^a-w&&[^c-g]z]", "[[a-c][x-z]]",
        "[\\x61-\\u0063]", "\\x{1F44D}", "\\x20", "\\040", "\\t|\\n|\\r|\\f|\\v|\\a|\\e|\\0", "[\\b]", "\\R", "\\N+", "\\O+", "\\h+", "\\-", "\\/", "\\ ", "\\_", "(?#comment)a", "(?<name>o)r",
        "(o)(r)", "(?:o|r)+", "[a-z]+|[^a-z]+", "[一-龥\u3040-ゟ]+", "\uD83D\uDC4D.", "[\uD83D\uDC4D-\uD83D\uDC50]", "\\p{Han}+", "[\\p{Han}&&[^你]]+",
        "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"})
    void matchesAsTheOriginal(String regex) {
        assertEncodesAsTheOriginal(new TokenizerFile().splitByRegex(regex, "Isolated"), List.of());
        assertEncodesAsTheOriginal(new TokenizerFile().splitByRegex(regex, "Removed"), List.of());
    }

    /** Added tokens of every combination of flags, with and without a normalizer that moves things. */
    @ParameterizedTest
    @ValueSource(strings = {
        "null", "{'type': 'Lowercase'}", "{'type': 'Prepend', 'prepend': '\u2581'}", "{'type': 'Strip', 'strip_left': true, 'strip_right': true}",
        "{'type': 'Replace', 'pattern': {'String': '  '}, 'content': '\u2581'}", "{'type': 'Sequence', 'normalizers': [{'type': 'Prepend', 'prepend': '\u2581'}, "
            + "{'type': 'Replace', 'pattern': {'String': ' '}, 'content': '\u2581'}]}"})
    void findsAddedTokensAsTheOriginal(String normalizer) {
        var contents = List.of("<A>", "<a>", "<a>b", " word", "Word", "or", "don", "\n", " <s>", "你", "--", "<X>\n", "ef", "\u00C9e");
        for (int seed = 0; seed < 8; seed++) {
            var random = new Random(seed);
            var added = new StringJoiner(", ", "[", "]");
            for (var content : contents) {
                // The original panics on an lstrip token of white space behind an rstrip one, and on a token that normalizes to nothing.
                boolean blank = content.isBlank();
                added.add("{'id': %d, 'content': '%s', 'single_word': %b, 'lstrip': %b, 'rstrip': %b, 'normalized': %b, 'special': %b}".formatted(
                        512 + contents.indexOf(content), content.replace("\n", "\\n"), random.nextInt(4) == 0, random.nextInt(3) == 0 && !blank,
                        random.nextInt(3) == 0, random.nextBoolean() && !blank, random.nextBoolean()));
            }
            assertEncodesAsTheOriginal(new TokenizerFile().with("normalizer", normalizer).with("added_tokens", added.toString())
                    .splitBy("{'type': 'Metaspace', 'replacement': '_', 'prepend_scheme': 'first', 'split': true}"), contents);
        }
    }

    static Stream<String> models() {
        return Stream.of("'unk_token': 'u', 'fuse_unk': true", "'unk_token': 'u', 'fuse_unk': false", "'unk_token': null",
                "'unk_token': 'u', 'byte_fallback': true", "'unk_token': 'u', 'fuse_unk': true, 'byte_fallback': true, 'end_of_word_suffix': '~'",
                "'unk_token': 'u', 'ignore_merges': true, 'end_of_word_suffix': '~'", "'byte_fallback': true, 'continuing_subword_prefix': '#'");
    }

    /** A small alphabet with many merges, byte tokens for some bytes only, prefixes and suffixes. */
    @ParameterizedTest
    @MethodSource("models")
    void mergesAsTheOriginal(String options) {
        for (int seed = 0; seed < 20; seed++) {
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
            if (left.contains(" ") || right.contains(" ") || left.endsWith("~") || !right.startsWith(prefix) || left.length() + right.length() > 12) {
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
    @ValueSource(strings = {
        "null", "{'type': 'Fuse'}", "{'type': 'ByteFallback'}", "{'type': 'Metaspace', 'replacement': 'a', 'prepend_scheme': 'always', 'split': true}",
        "{'type': 'Metaspace', 'replacement': 'a', 'prepend_scheme': 'first'}", "{'type': 'Metaspace', 'replacement': 'a', 'prepend_scheme': 'never'}",
        "{'type': 'Replace', 'pattern': {'String': 'a'}, 'content': 'xx'}", "{'type': 'Replace', 'pattern': {'Regex': 'a+|b$'}, 'content': ''}",
        "{'type': 'Strip', 'content': 'a', 'start': 1, 'stop': 0}", "{'type': 'Strip', 'content': 'a', 'start': 2, 'stop': 0}",
        "{'type': 'Sequence', 'decoders': [{'type': 'ByteFallback'}, {'type': 'Fuse'}, {'type': 'Strip', 'content': 'a', 'start': 2, 'stop': 0}]}",
        "{'type': 'Sequence', 'decoders': [{'type': 'Fuse'}, {'type': 'Replace', 'pattern': {'String': 'ab'}, 'content': ' '}]}",
        "{'type': 'Sequence', 'decoders': [{'type': 'ByteLevel', 'add_prefix_space': true, 'trim_offsets': true, 'use_regex': true}, "
            + "{'type': 'Strip', 'content': 'a', 'start': 1, 'stop': 0}]}",
        "{'type': 'Sequence', 'decoders': [{'type': 'Replace', 'pattern': {'String': 'c'}, 'content': 'ca'}, {'type': 'ByteFallback'}, {'type': 'Fuse'}, "
            + "{'type': 'Metaspace', 'replacement': 'b', 'prepend_scheme': 'always'}]}"})
    void decodesAsTheOriginal(String decoder) {
        var path = new TokenizerFile().with("decoder", decoder).with("model", "{'type': 'BPE', 'merges': [], 'vocab': {'a': 0, 'b': 1, 'c': 2, 'aa': 3, 'aab': 4, "
                + "'baa': 5, '<0xE2>': 6, '<0x82>': 7, '<0xAC>': 8, '<0x4>': 9, '<0xg0>': 10, '<0x+5>': 11, '<0x0a>': 12, 'Ġ': 13, 'â': 14, 'Ĥ': 15, '¬': 16, 'abab': 17, "
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
