package io.gatun.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.models.FormulaWeights.Stored;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Whole checkpoints of folders that have a {@code weights.json} in place of weights: made once, in a temporary folder that goes with the JVM. */
public final class FormulaCheckpoints {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<Path, Path> MADE = new ConcurrentHashMap<>();
    private static final int HEADER_ALIGNMENT = 8;

    private FormulaCheckpoints() {
    }

    /** The checkpoint of a folder: itself, where it has its weights. Not to be changed. */
    public static Path of(Path folder) {
        return Files.exists(folder.resolve("weights.json")) ? MADE.computeIfAbsent(folder.toAbsolutePath().normalize(), FormulaCheckpoints::make) : folder;
    }

    static JsonNode weights(Path folder) {
        try {
            return JSON.readTree(folder.resolve("weights.json").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path make(Path folder) {
        try {
            var out = Files.createTempDirectory("gatun-" + folder.getFileName() + "-");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(out)));
            try (var files = Files.list(folder)) {
                for (var file : files.filter(f -> !f.endsWith("weights.json")).toList()) {
                    Files.copy(file, out.resolve(file.getFileName()));
                }
            }
            var shared = folder.resolveSibling("tokenizer.json");
            if (Files.exists(shared)) {
                Files.copy(shared, out.resolve("tokenizer.json"));
            }
            write(weights(folder), out);
            return out;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(JsonNode weights, Path out) throws IOException {
        var tensors = FormulaWeights.tensors(weights);
        if (!weights.has("shard_size")) {
            write(tensors, out.resolve("model.safetensors"));
            return;
        }
        var shards = shards(tensors, weights.get("shard_size").longValue());
        var index = JSON.createObjectNode();
        index.putObject("metadata").put("total_size", tensors.values().stream().mapToLong(tensor -> tensor.bytes().length).sum());
        var files = index.putObject("weight_map");
        for (int i = 0; i < shards.size(); i++) {
            String file = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
            shards.get(i).keySet().forEach(name -> files.put(name, file));
            write(shards.get(i), out.resolve(file));
        }
        JSON.writeValue(out.resolve("model.safetensors.index.json").toFile(), index);
    }

    /** The tensors in their order, in groups of {@code size} bytes at most; a larger one has a group of its own. */
    private static List<Map<String, Stored>> shards(Map<String, Stored> tensors, long size) {
        var shards = new ArrayList<Map<String, Stored>>();
        long room = 0;
        for (var tensor : tensors.entrySet()) {
            int bytes = tensor.getValue().bytes().length;
            if (shards.isEmpty() || bytes > room) {
                shards.add(new LinkedHashMap<>());
                room = size;
            }
            shards.getLast().put(tensor.getKey(), tensor.getValue());
            room -= bytes;
        }
        return shards;
    }

    private static void write(Map<String, Stored> tensors, Path safetensors) throws IOException {
        var header = JSON.createObjectNode();
        header.putObject("__metadata__").put("format", "pt");
        long at = 0;
        for (var tensor : tensors.entrySet()) {
            var stored = tensor.getValue();
            header.putObject(tensor.getKey()).put("dtype", stored.dtype().name()).<ObjectNode>set("shape", JSON.valueToTree(stored.shape()))
                    .putArray("data_offsets").add(at).add(at + stored.bytes().length);
            at += stored.bytes().length;
        }
        String text = header.toString();
        byte[] head = (text + " ".repeat(-text.length() & HEADER_ALIGNMENT - 1)).getBytes(StandardCharsets.UTF_8);
        try (var out = Files.newOutputStream(safetensors)) {
            out.write(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(head.length).array());
            out.write(head);
            for (var stored : tensors.values()) {
                out.write(stored.bytes());
            }
        }
    }
}
