package io.gatun.models;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A checkpoint with what Hugging Face computes with it in fp32; made by scripts/goldens/make_llama_goldens.py.
 *
 * @param folder the checkpoint: beside its golden.json, or a sample of the repository that golden.json names
 */
record Golden(Path folder, List<Prompt> prompts) {

    /**
     * One prompt.
     *
     * @param midPosition the position that {@code midLogits} come after
     * @param lastLogits the logits after the whole prompt
     * @param outputIds the greedy continuation
     */
    record Prompt(int[] inputIds, int midPosition, float[] midLogits, float[] lastLogits, int[] outputIds) {
    }

    static Stream<Golden> all() {
        try (var folders = Files.list(Path.of(Golden.class.getResource("/goldens").toURI()))) {
            return folders.sorted().map(Golden::read).toList().stream();
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    List<int[]> inputs() {
        return prompts.stream().map(Prompt::inputIds).toList();
    }

    static Golden read(Path folder) {
        try {
            var json = new ObjectMapper();
            var root = json.readTree(folder.resolve("golden.json").toFile());
            var prompts = root.get("prompts").valueStream().map(p -> new Prompt(json.convertValue(p.get("input_ids"), int[].class),
                    p.get("mid_position").intValue(), json.convertValue(p.get("mid_logits"), float[].class),
                    json.convertValue(p.get("last_logits"), float[].class), json.convertValue(p.get("output_ids"), int[].class))).toList();
            return new Golden(root.has("checkpoint") ? inRepository(root.get("checkpoint").textValue()) : folder, prompts);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Maven runs tests in the module's folder, the GPU suite in the repository's. */
    private static Path inRepository(String path) {
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
        return folder.getFileName() + " " + Arrays.toString(prompts.stream().mapToInt(p -> p.inputIds.length).toArray());
    }
}
