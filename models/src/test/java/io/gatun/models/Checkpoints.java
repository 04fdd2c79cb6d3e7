package io.gatun.models;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.EngineOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Golden checkpoints and copies of them, changed. */
final class Checkpoints {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Checkpoints() {
    }

    /** Copies a golden checkpoint's files into {@code folder}, with its config.json changed. */
    static void copy(String name, Path folder, Consumer<ObjectNode> change) throws IOException {
        try (var files = Files.list(Golden.named(name).folder())) {
            for (var file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        change(folder, change);
    }

    /** Changes a folder's config.json. */
    static void change(Path folder, Consumer<ObjectNode> change) throws IOException {
        var config = (ObjectNode) JSON.readTree(folder.resolve("config.json").toFile());
        change.accept(config);
        JSON.writeValue(folder.resolve("config.json").toFile(), config);
    }

    /** A tokenizer.json whose tokens are the letters a to z and fillers up to {@code size} ids. */
    static void writeTokenizer(Path folder, int size) throws IOException {
        var root = JSON.createObjectNode();
        root.put("version", "1.0").putArray("added_tokens");
        var model = root.putObject("model").put("type", "BPE");
        var vocabulary = model.putObject("vocab");
        for (int id = 0; id < size; id++) {
            vocabulary.put(id < 26 ? Character.toString('a' + id) : "<" + id + ">", id);
        }
        model.putArray("merges");
        JSON.writeValue(folder.resolve("tokenizer.json").toFile(), root);
    }

    static EngineOptions.Builder onCpu(Path folder) {
        return EngineOptions.builder(folder).device(DeviceChoice.CPU);
    }
}
