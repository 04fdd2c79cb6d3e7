package io.gatun.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.runtime.config.JsonErrors;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Prompts from a file, or those that SGLang's bench_one_batch has. */
public final class PromptOptions {
    /** SGLang's, with its spelling, so that outputs can be set side by side. */
    private static final List<String> DEFAULTS =
            List.of("The capital of France is", "The capital of the United Kindom is", "Today is a sunny day and I like");

    @Option(names = "--prompts-file", paramLabel = "FILE", description = "JSON array of prompts: strings, or arrays of token ids.")
    private Path file;

    /**
     * A prompt.
     *
     * @param text as given, or empty where ids were
     */
    public record Prompt(Optional<String> text, int[] inputIds) {
    }

    /** The prompts, tokenized. */
    public List<Prompt> read(Optional<Tokenizer> tokenizer) {
        if (file == null) {
            return DEFAULTS.stream().map(text -> ofText(text, tokenizer)).toList();
        }
        var prompts = new ArrayList<Prompt>();
        for (var item : array()) {
            prompts.add(item.isTextual() ? ofText(item.textValue(), tokenizer) : new Prompt(Optional.empty(), ids(item)));
        }
        return prompts;
    }

    private static Prompt ofText(String text, Optional<Tokenizer> tokenizer) {
        return new Prompt(Optional.of(text), tokenizer.orElseThrow(() -> new RequestException(
                "the model's folder has no tokenizer.json: give prompts as token ids with --prompts-file")).encode(text));
    }

    private JsonNode array() {
        try {
            var root = new ObjectMapper().readTree(Files.readString(file));
            if (!root.isArray() || root.isEmpty()) {
                throw new UsageException(file + " must hold a JSON array of at least one prompt");
            }
            return root;
        } catch (JsonProcessingException e) {
            throw new UsageException(file + " is " + JsonErrors.describe(e));
        } catch (NoSuchFileException e) {
            throw new UsageException("--prompts-file " + file + " does not exist");
        } catch (IOException e) {
            throw new UsageException(file + " cannot be read: " + e.getMessage());
        }
    }

    private int[] ids(JsonNode item) {
        if (!item.isArray()) {
            throw new UsageException(file + ": a prompt must be a string or an array of token ids, not " + item);
        }
        int[] ids = new int[item.size()];
        for (int i = 0; i < ids.length; i++) {
            if (!item.get(i).isInt()) {
                throw new UsageException(file + ": " + item.get(i) + " is no token id");
            }
            ids[i] = item.get(i).intValue();
        }
        return ids;
    }
}
