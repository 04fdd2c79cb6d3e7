package io.gatun.runtime.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with a file is said with the file, the place and what would be right. */
class TokenizerErrorsTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "normalizer       | {'type': 'Nmt'}                                   | normalizer: type Nmt is not supported; supported are Sequence, Prepend",
        "normalizer       | {'type': 'Sequence', 'normalizers': [{'type': 'NFC'}, {'type': 'BertNormalizer'}]} | normalizer.normalizers[1]: type BertNormalizer",
        "normalizer       | {'type': 'Prepend'}                               | normalizer: prepend must be a string; it is missing",
        "normalizer       | {'type': 'Replace', 'pattern': 'x', 'content': ''} | normalizer: pattern must be an object, not \"x\"",
        "normalizer       | {'type': 'Replace', 'pattern': {'Glob': 'x'}, 'content': ''} | normalizer.pattern: must be {\"String\": …} or {\"Regex\": …}",
        "pre_tokenizer    | {'type': 'UnicodeScripts'}                        | pre_tokenizer: type UnicodeScripts is not supported; supported are Sequence, ByteLevel",
        "pre_tokenizer    | {'type': 'Split', 'pattern': {'Regex': '(a'}}     | pre_tokenizer.pattern: regex (a: ( without )",
        "pre_tokenizer    | {'type': 'Split', 'pattern': {'Regex': '(a)\\\\1'}} | \\1 is not supported",
        "pre_tokenizer    | {'type': 'Split', 'pattern': {'Regex': '\\\\p{Klingon}'}} | property Klingon is not supported",
        "pre_tokenizer    | {'type': 'Split', 'pattern': {'Regex': '(?i:st)'}} | st regardless of case also matches a ligature",
        "pre_tokenizer    | {'type': 'Split', 'pattern': {'Regex': '(?x: a)'}} | extended mode (?x) is not supported",
        "pre_tokenizer    | {'type': 'Split', 'pattern': {'String': 'a'}, 'behavior': 'Gone'} | behavior must be Removed or Isolated or MergedWithPrevious or",
        "pre_tokenizer    | {'type': 'Metaspace', 'replacement': 'ab'}        | replacement must be a string of one character, not \"ab\"",
        "pre_tokenizer    | {'type': 'Metaspace', 'replacement': '_', 'add_prefix_space': false, 'prepend_scheme': 'first'} | contradicts prepend_scheme first",
        "post_processor   | {'type': 'BertProcessing'}                        | post_processor: type BertProcessing is not supported",
        "post_processor   | {'type': 'TemplateProcessing', 'single': []}      | must hold {\"Sequence\": {\"id\": \"A\"}} exactly once",
        "post_processor   | {'type': 'TemplateProcessing', 'single': [{'SpecialToken': {'id': 'x'}}], 'special_tokens': {}} | special token x is not among",
        "decoder          | {'type': 'WordPiece', 'prefix': '##'}             | decoder: type WordPiece is not supported; supported are Sequence, ByteLevel",
        "decoder          | {'type': 'Strip', 'content': ' ', 'start': -1, 'stop': 0} | decoder: start must be a number from 0 to 2147483647, not -1",
        "version          | '2.0'                                             | version must be 1.0, not 2.0",
        "model            | null                                              | model is missing",
        "model            | {'type': 'Unigram', 'vocab': [['a', 0.1]]}        | model: type Unigram is not supported; supported are BPE",
        "model            | {'type': 'BPE', 'vocab': {'a': 0}}                | model: merges is missing",
        "model            | {'type': 'BPE', 'vocab': {'a': -1}, 'merges': []} | vocab: the id of 'a' must be a number from 0 to 16777215, not -1",
        "model            | {'type': 'BPE', 'vocab': {'a': 0, 'b': 0}, 'merges': []} | id 0 stands for both 'a' and 'b'",
        "model            | {'type': 'BPE', 'vocab': {'a': 0}, 'merges': ['a a']} | merges[0] ('a', 'a') needs the token 'aa', which is not in vocab",
        "model            | {'type': 'BPE', 'vocab': {'a': 0}, 'merges': [['a', 'x']]} | merges[0] ('a', 'x') needs the token 'x', which is not in vocab",
        "model            | {'type': 'BPE', 'vocab': {'a': 0, 'aa': 1}, 'merges': ['a a', 'aa']} | merges[1] must be two tokens",
        "model            | {'type': 'BPE', 'vocab': {'a': 0, 'aa': 1}, 'merges': [['a', 'a', 'a']]} | must be two tokens",
        "model            | {'type': 'BPE', 'vocab': {'a': 0}, 'merges': [], 'dropout': 0.1} | dropout 0.1 makes encoding random",
        "added_tokens     | [{'id': 700, 'content': 'xx'}, {'id': 700, 'content': 'yy'}] | id 700 stands for both 'xx' and 'yy'",
        "added_tokens     | [{'id': 7, 'content': 'xy'}]                      | id 7 stands for both",
        "added_tokens     | [{'id': 700, 'content': 'a'}]                     | 'a' has id 700 in added_tokens and 97 in model.vocab",
        "added_tokens     | [{'id': 700, 'content': 'xx'}, {'id': 701, 'content': 'xx'}] | 'xx' is in added_tokens twice",
        "added_tokens     | [{'content': 'x'}]                                | added_tokens[0]: id must be a number from 0 to 2147483647; it is missing"})
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
        assertThatExceptionOfType(TokenizerException.class).isThrownBy(() -> Tokenizer.fromFile(missing)).withMessage("there is no " + missing);
        var latin1 = Files.write(folder.resolve("latin1.json"), new byte[] {'{', '"', (byte) 0xE9, '"'});
        assertThatExceptionOfType(TokenizerException.class).isThrownBy(() -> Tokenizer.fromFile(latin1)).withMessage(latin1 + " is not UTF-8");
    }

    private void assertFails(String json, String... parts) throws IOException {
        var file = Files.writeString(folder.resolve("broken.json"), json);
        assertThatExceptionOfType(TokenizerException.class).isThrownBy(() -> Tokenizer.fromFile(file))
                .withMessageStartingWith(file.toString()).satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }
}
