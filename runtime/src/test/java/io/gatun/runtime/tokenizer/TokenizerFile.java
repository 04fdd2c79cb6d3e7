package io.gatun.runtime.tokenizer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A tokenizer.json made in a test. Its model has one token for each byte and another for each byte that ends a word, and no merges, so that
 * the ids show the normalized text and every cut.
 */
final class TokenizerFile {
    static final String BYTES = "{'type': 'ByteLevel', 'add_prefix_space': false, 'trim_offsets': true, 'use_regex': false}";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final ObjectNode json = MAPPER.createObjectNode();

    TokenizerFile() {
        json.put("version", "1.0");
        var model = json.putObject("model").put("type", "BPE").put("end_of_word_suffix", "</w>");
        var vocabulary = model.putObject("vocab");
        for (int b = 0; b < 256; b++) {
            vocabulary.put(charOfByte(b), b).put(charOfByte(b) + "</w>", 256 + b);
        }
        model.putArray("merges");
        with("pre_tokenizer", BYTES);
        with("decoder", BYTES);
    }

    /** The lines of a list among the test resources, one case each. */
    static List<String> lines(String name) {
        try (var list = TokenizerFile.class.getResourceAsStream("/tokenizers/" + name + ".txt")) {
            return new String(list.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sets a part of the file, or by a path with slashes a part of a part; single quotes stand for double ones. */
    TokenizerFile with(String part, String value) {
        try {
            var parent = part.contains("/") ? (ObjectNode) json.at("/" + part.substring(0, part.lastIndexOf('/'))) : json;
            parent.set(part.substring(part.lastIndexOf('/') + 1), MAPPER.readTree(value.replace('\'', '"')));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sets the pre-tokenizer in front of the one that makes bytes. */
    TokenizerFile splitBy(String preTokenizer) {
        return with("pre_tokenizer", "{'type': 'Sequence', 'pretokenizers': [" + preTokenizer + ", " + BYTES + "]}");
    }

    TokenizerFile splitByRegex(String regex, String behavior) {
        splitBy("{'type': 'Split', 'pattern': {'Regex': ''}, 'behavior': '" + behavior + "', 'invert': false}");
        ((ObjectNode) json.at("/pre_tokenizer/pretokenizers/0/pattern")).put("Regex", regex);
        return this;
    }

    Path write(Path folder) {
        try {
            return Files.writeString(folder.resolve("tokenizer.json"), json.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The byte-level alphabet, said once more so that the test does not lean on what it tests. */
    private static String charOfByte(int b) {
        int before = (int) IntStream.range(0, b).filter(other -> !printable(other)).count();
        return Character.toString(printable(b) ? b : 256 + before);
    }

    private static boolean printable(int b) {
        return b >= 33 && b <= 126 || b >= 161 && b != 173;
    }
}
