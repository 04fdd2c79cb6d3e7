package io.gatun.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.EngineOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A checkpoint with what Hugging Face computes with it in fp32; made by scripts/goldens/make_goldens.py, which describes the file.
 *
 * @param name of the golden's folder
 * @param source config.json and weights.json, beside golden.json; or the folder of a sample in the repository, which golden.json names
 * @param checksum CRC32 of all tensors by the formula in their order; empty for a sample
 * @param architecture the model's class, by its config.json
 * @param prompts of a generating model; empty for others
 * @param pooled of a model that gives one vector a prompt; empty for others
 * @param contextLength of the engine, where it is not the longest that config.json allows
 * @param bf16Error how far Hugging Face's own top log-probabilities in bf16 lie from those in fp32, at most
 */
record Golden(String name, Path source, OptionalLong checksum, String architecture, Kind kind, List<Prompt> prompts, List<Pooled> pooled,
        OptionalInt contextLength, double bf16Error) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What the model gives. */
    enum Kind {
        GENERATION,
        /** The last hidden state of the last token, scaled to length 1. */
        EMBEDDING,
        /** The classification head's numbers at the last token. */
        SCORE
    }

    /**
     * One prompt and its continuation.
     *
     * @param midPosition the position that {@code midLogits} come after; the last one of a prompt of one token
     * @param lastLogits the logits after the whole prompt
     * @param outputIds the greedy continuation
     * @param margins how far the best two logits lay apart at each output id
     * @param text what the prompt's ids are the tokens of, where it was a text
     * @param outputText the continuation without special tokens, where there is a tokenizer
     * @param prefillTopLogprobs the largest log-probabilities after each prompt position, falling; empty for a long prompt
     * @param decodeTopLogprobs the same where each output id was chosen
     */
    record Prompt(int[] inputIds, int midPosition, float[] midLogits, float[] lastLogits, int[] outputIds, float[] margins, Optional<String> text,
            Optional<String> outputText, float[][] prefillTopLogprobs, float[][] decodeTopLogprobs) {
    }

    /** One prompt and its embedding or scores. */
    record Pooled(int[] inputIds, float[] expected) {
    }

    /** Every golden. */
    static Stream<Golden> all() {
        try (var folders = Files.list(resources())) {
            return folders.sorted().map(Golden::read).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The models that generate. */
    static Stream<Golden> generating() {
        return all().filter(golden -> golden.kind == Kind.GENERATION);
    }

    /** The models that embed or score. */
    static Stream<Golden> pooling() {
        return all().filter(golden -> golden.kind != Kind.GENERATION);
    }

    /** The models whose weights come by the formula. */
    static Stream<Golden> byFormula() {
        return all().filter(golden -> golden.checksum.isPresent());
    }

    /** The generating models of the Llama family. */
    static Stream<Golden> llama() {
        return generating().filter(golden -> golden.name.startsWith("llama-") || golden.name.equals("sample-llama"));
    }

    static Golden named(String name) {
        return read(resources().resolve(name));
    }

    /** The checkpoint. */
    Path folder() {
        return FormulaCheckpoints.of(source);
    }

    /** An engine's options for the checkpoint. */
    EngineOptions.Builder options(DeviceChoice device) {
        var options = EngineOptions.builder(folder()).device(device);
        contextLength.ifPresent(options::contextLength);
        return options;
    }

    List<int[]> inputs() {
        return prompts.stream().map(Prompt::inputIds).toList();
    }

    private static Path resources() {
        try {
            return Path.of(Golden.class.getResource("/goldens").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Golden read(Path folder) {
        var root = json(folder.resolve("golden.json"));
        var kind = Kind.valueOf(root.get("kind").textValue().toUpperCase(Locale.ROOT));
        var prompts = root.get("prompts").valueStream();
        var checkpoint = root.has("checkpoint") ? inRepository(root.get("checkpoint").textValue()) : folder;
        var architecture = json(checkpoint.resolve("config.json")).at("/architectures/0").textValue();
        var contextLength = root.has("context_length") ? OptionalInt.of(root.get("context_length").intValue()) : OptionalInt.empty();
        var checksum = root.has("checksum") ? OptionalLong.of(root.get("checksum").longValue()) : OptionalLong.empty();
        String name = folder.getFileName().toString();
        return kind == Kind.GENERATION
                ? new Golden(name, checkpoint, checksum, architecture, kind, prompts.map(Golden::prompt).toList(), List.of(), contextLength,
                        root.get("bf16_error").doubleValue())
                : new Golden(name, checkpoint, checksum, architecture, kind, List.of(),
                        prompts.map(p -> new Pooled(ids(p, "input_ids"), floats(p, kind == Kind.SCORE ? "scores" : "embedding"))).toList(), contextLength, 0);
    }

    private static Prompt prompt(JsonNode p) {
        int[] inputIds = ids(p, "input_ids");
        boolean hasMid = p.has("mid_position");
        return new Prompt(inputIds, hasMid ? p.get("mid_position").intValue() : inputIds.length - 1, floats(p, hasMid ? "mid_logits" : "last_logits"),
                floats(p, "last_logits"), ids(p, "output_ids"), floats(p, "margins"), Optional.ofNullable(p.get("text")).map(JsonNode::textValue),
                Optional.ofNullable(p.get("output_text")).map(JsonNode::textValue),
                p.has("prefill_top_logprobs") ? rows(p, "prefill_top_logprobs") : new float[0][], rows(p, "decode_top_logprobs"));
    }

    private static int[] ids(JsonNode node, String key) {
        return JSON.convertValue(node.get(key), int[].class);
    }

    private static float[] floats(JsonNode node, String key) {
        return JSON.convertValue(node.get(key), float[].class);
    }

    private static float[][] rows(JsonNode node, String key) {
        return JSON.convertValue(node.get(key), float[][].class);
    }

    private static JsonNode json(Path file) {
        try {
            return JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Maven runs tests in the module's folder, the GPU suite in the repository's. */
    static Path inRepository(String path) {
        return Stream.iterate(Path.of("").toAbsolutePath(), Objects::nonNull, Path::getParent).map(home -> home.resolve(path))
                .filter(Files::isDirectory).findFirst()
                .orElseThrow(() -> new IllegalStateException("the repository has no folder " + path));
    }

    /** The largest difference between two rows of logits. */
    static float maxDifference(float[] expected, float[] actual, int row) {
        float max = 0;
        for (int i = 0; i < expected.length; i++) {
            float difference = Math.abs(expected[i] - actual[row * expected.length + i]);
            max = Float.isNaN(difference) ? Float.POSITIVE_INFINITY : Math.max(max, difference);
        }
        return max;
    }

    @Override
    public String toString() {
        return name + " " + Arrays.toString(prompts.stream().mapToInt(p -> p.inputIds.length).toArray());
    }
}
