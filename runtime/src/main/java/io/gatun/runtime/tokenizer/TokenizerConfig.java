package io.gatun.runtime.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a model folder says about its tokenizer beside tokenizer.json. {@code add_bos_token} and {@code add_eos_token} are not among it: as
 * in Transformers, where there is a tokenizer.json its post-processor alone decides.
 */
record TokenizerConfig(Optional<String> bosToken, Optional<String> eosToken, Optional<String> padToken) {
    static final TokenizerConfig NONE = new TokenizerConfig(Optional.empty(), Optional.empty(), Optional.empty());

    /** Reads {@code tokenizer_config.json} of a folder, which may be missing. */
    static TokenizerConfig read(Path modelDir) {
        var file = modelDir.resolve("tokenizer_config.json");
        try {
            var json = new Component(file.toString(), Files.exists(file) ? new ObjectMapper().readTree(Files.readString(file))
                    : new ObjectMapper().createObjectNode());
            return new TokenizerConfig(token(json, "bos_token"), token(json, "eos_token"), token(json, "pad_token"));
        } catch (JsonProcessingException e) {
            throw new TokenizerException(file + " is not valid JSON: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new TokenizerException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** A token is written as a string or as an object with its content. */
    private static Optional<String> token(Component json, String field) {
        if (!json.has(field)) {
            return Optional.empty();
        }
        return Optional.of(json.json().get(field).isObject() ? json.child(field).text("content") : json.text(field));
    }
}
