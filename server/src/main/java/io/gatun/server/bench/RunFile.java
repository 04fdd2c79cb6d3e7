package io.gatun.server.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.runtime.config.JsonErrors;
import io.gatun.server.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a model made of some prompts, as a JSON file; scripts/playground/reference_hf.py writes the same.
 *
 * @param model the model's folder
 * @param device such as {@code cpu} or {@code cuda:0}
 * @param dtype the dtype of the weights
 */
record RunFile(String model, String device, String dtype, List<PromptRun> prompts) {

    /**
     * One prompt.
     *
     * @param text the prompt; empty where there is no tokenizer
     * @param prefillLogits the logits after the prompt, one for each token of the vocabulary
     * @param outputIds the new ids
     * @param outputText the new ids' text, special tokens included; empty where there is no tokenizer
     * @param images paths of its pictures
     * @param imageGrids what the model's processor made of each, in patches
     */
    record PromptRun(Optional<String> text, int[] inputIds, float[] prefillLogits, int[] outputIds, Optional<String> outputText,
            List<String> images, List<int[]> imageGrids) {
    }

    void write(Path file) throws IOException {
        var json = new ObjectMapper();
        var root = json.createObjectNode().put("model", model).put("device", device).put("dtype", dtype);
        var array = root.putArray("prompts");
        for (var prompt : prompts) {
            var node = array.addObject().put("text", prompt.text.orElse(null));
            node.set("input_ids", json.valueToTree(prompt.inputIds));
            node.set("prefill_logits", json.valueToTree(prompt.prefillLogits));
            node.set("output_ids", json.valueToTree(prompt.outputIds));
            node.put("output_text", prompt.outputText.orElse(null));
            if (!prompt.images.isEmpty()) {
                node.set("images", json.valueToTree(prompt.images));
                node.set("image_grids", json.valueToTree(prompt.imageGrids));
            }
        }
        Files.writeString(file, json.writeValueAsString(root) + "\n");
    }

    /**
     * Reads a run file.
     *
     * @throws UsageException if it is none
     */
    static RunFile read(Path file) {
        try {
            var json = new ObjectMapper();
            var root = json.readTree(Files.readString(file));
            var prompts = new ArrayList<PromptRun>();
            if (!field(file, root, "prompts").isArray() || root.get("prompts").isEmpty()) {
                throw new UsageException(file + " is no run file: 'prompts' must be an array of at least one");
            }
            for (var prompt : root.get("prompts")) {
                prompts.add(new PromptRun(text(prompt, "text"), json.convertValue(field(file, prompt, "input_ids"), int[].class),
                        json.convertValue(field(file, prompt, "prefill_logits"), float[].class),
                        json.convertValue(field(file, prompt, "output_ids"), int[].class), text(prompt, "output_text"),
                        prompt.path("images").valueStream().map(JsonNode::asText).toList(),
                        prompt.path("image_grids").valueStream().map(grid -> json.convertValue(grid, int[].class)).toList()));
            }
            return new RunFile(field(file, root, "model").asText(), field(file, root, "device").asText(), field(file, root, "dtype").asText(), prompts);
        } catch (NoSuchFileException e) {
            throw new UsageException(file + " does not exist");
        } catch (JsonProcessingException e) {
            throw new UsageException(file + " is no run file but " + JsonErrors.describe(e));
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException(file + " is no run file: " + e.getMessage());
        }
    }

    private static JsonNode field(Path file, JsonNode node, String name) {
        if (!node.hasNonNull(name)) {
            throw new UsageException(file + " is no run file: it lacks '" + name + "'");
        }
        return node.get(name);
    }

    private static Optional<String> text(JsonNode node, String name) {
        return Optional.ofNullable(node.get(name)).filter(JsonNode::isTextual).map(JsonNode::textValue);
    }
}
