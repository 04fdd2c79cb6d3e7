package io.gatun.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.runtime.config.JsonErrors;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.model.ModelRunner;
import io.gatun.runtime.multimodal.ExpandedPrompt;
import io.gatun.runtime.multimodal.Media;
import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.PromptExpander;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Prompts from a file, or of pictures, or those that SGLang's bench_one_batch has. */
public final class PromptOptions {
    /** SGLang's, with its spelling, so that outputs can be set side by side. */
    private static final List<String> DEFAULTS =
            List.of("The capital of France is", "The capital of the United Kindom is", "Today is a sunny day and I like");

    @Option(names = "--prompts-file", paramLabel = "FILE",
            description = "JSON array of prompts: strings, arrays of token ids, or {\"text\", \"images\": [paths]} with the model's placeholders in the text; "
                    + "\"input_ids\" may stand in place of it.")
    private Path file;

    @Option(names = "--image", paramLabel = "PATH", arity = "1..*", description = "Pictures to be described, a prompt each.")
    private List<Path> images = List.of();

    /**
     * A prompt.
     *
     * @param text as given, or empty where ids were
     * @param inputIds where there is no text
     * @param images for the placeholders in it
     * @param addSpecialTokens whether the tokenizer adds such as a begin of sequence to the text
     */
    public record Prompt(Optional<String> text, int[] inputIds, List<Path> images, boolean addSpecialTokens) {

        /** A prompt of ids. */
        public static Prompt ofIds(int[] inputIds, List<Path> images) {
            return new Prompt(Optional.empty(), inputIds, images, false);
        }

        private static Prompt ofText(String text, List<Path> images) {
            return new Prompt(Optional.of(text), new int[0], images, true);
        }

        /**
         * The prompt as the model reads it.
         *
         * @throws RequestException if there is no tokenizer for its text, or a picture cannot be taken
         */
        public ExpandedPrompt expand(PromptExpander expander, Optional<Tokenizer> tokenizer) {
            var media = images.stream().map(Media::of).toList();
            try {
                return text.isPresent() ? expander.expand(text.get(), media, whole -> required(tokenizer).encode(whole, addSpecialTokens))
                        : expander.expandIds(inputIds, media, part -> required(tokenizer).encode(part, false));
            } catch (MediaException e) {
                throw new RequestException(e.getMessage(), e);
            }
        }

        private static Tokenizer required(Optional<Tokenizer> tokenizer) {
            return tokenizer.orElseThrow(() -> new RequestException("the model's folder has no tokenizer.json: give prompts as token ids with --prompts-file"));
        }
    }

    /** The prompts for a model. */
    public List<Prompt> read(ModelRunner runner, Path modelPath) {
        if (file != null && !images.isEmpty()) {
            throw new UsageException("--prompts-file and --image are both given; name the pictures in the file");
        }
        if (!images.isEmpty()) {
            var question = ImageQuestion.of(runner, modelPath);
            return images.stream().map(image -> new Prompt(Optional.of(question.text()), new int[0], List.of(image), !question.templated())).toList();
        }
        if (file == null) {
            return DEFAULTS.stream().map(text -> Prompt.ofText(text, List.of())).toList();
        }
        var prompts = new ArrayList<Prompt>();
        for (var item : array()) {
            prompts.add(item.isTextual() ? Prompt.ofText(item.textValue(), List.of()) : item.isObject() ? withImages(item)
                    : Prompt.ofIds(ids(item), List.of()));
        }
        return prompts;
    }

    /** Paths are taken from where the command runs, or from where the file lies. */
    private Prompt withImages(JsonNode item) {
        if (item.path("text").isTextual() == item.has("input_ids") || !item.path("images").isArray()) {
            throw new UsageException(file + ": a prompt with pictures must have a 'text' or 'input_ids', and an array 'images' of paths, not " + item);
        }
        var paths = new ArrayList<Path>();
        for (var path : item.get("images")) {
            var given = Path.of(path.asText());
            paths.add(Files.exists(given) ? given : file.toAbsolutePath().resolveSibling(given));
        }
        return item.has("input_ids") ? Prompt.ofIds(ids(item.get("input_ids")), paths) : Prompt.ofText(item.get("text").textValue(), paths);
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
            throw new UsageException(file + ": a prompt must be a string, an array of token ids or an object with text and images, not " + item);
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
