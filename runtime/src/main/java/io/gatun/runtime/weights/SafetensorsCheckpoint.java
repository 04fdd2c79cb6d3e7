package io.gatun.runtime.weights;

import io.gatun.memory.DType;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.JsonObject;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The safetensors files of a model folder: {@code model.safetensors}, or the shards that {@code model.safetensors.index.json} lists. */
public final class SafetensorsCheckpoint implements Checkpoint {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    private final Path folder;
    private final Arena arena = Arena.ofShared();
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private SafetensorsCheckpoint(Path folder) {
        this.folder = folder;
    }

    /**
     * Maps all files of a model folder and checks their headers against each other and the index.
     *
     * @throws CheckpointException if a file or shard is missing, damaged, or names differ from the index
     */
    public static SafetensorsCheckpoint open(Path folder) {
        var checkpoint = new SafetensorsCheckpoint(folder);
        try {
            if (Files.isRegularFile(folder.resolve(INDEX))) {
                checkpoint.openShards();
            } else {
                checkpoint.entries.putAll(checkpoint.map(checkpoint.singleFile()).entries());
            }
            return checkpoint;
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    @Override
    public String source() {
        return folder.toString();
    }

    /** The dtype of the first tensor: that of the model, where config.json does not tell. */
    public DType dtype() {
        return entries.values().stream().findFirst().orElseThrow(() -> new CheckpointException(folder + " holds no tensors")).dtype();
    }

    @Override
    public Set<String> names() {
        return entries.keySet();
    }

    @Override
    public Optional<Entry> find(String name) {
        return Optional.ofNullable(entries.get(name));
    }

    @Override
    public void close() {
        arena.close();
    }

    private SafetensorsFile map(Path file) {
        return SafetensorsFile.map(file, arena);
    }

    private Path singleFile() {
        var single = folder.resolve(SINGLE);
        if (Files.isRegularFile(single)) {
            return single;
        }
        List<Path> found;
        try (var files = Files.list(folder)) {
            found = files.filter(f -> f.toString().endsWith(".safetensors")).sorted().toList();
        } catch (IOException e) {
            throw new CheckpointException(folder + " cannot be listed: " + e.getMessage(), e);
        }
        if (found.size() == 1) {
            return found.getFirst();
        }
        throw new CheckpointException(folder + " has neither " + SINGLE + " nor " + INDEX
                + (found.isEmpty() ? " (for random weights use --load-format dummy)" : ", but several .safetensors files"));
    }

    private void openShards() {
        var index = folder.resolve(INDEX);
        Map<String, String> fileOf = weightMap(index);
        for (String shard : new TreeSet<>(fileOf.values())) {
            if (!shard.matches("[^/\\\\\0]*\\.safetensors")) {
                throw new CheckpointException(index + " names the shard '" + shard + "'; it must be a .safetensors file in the model's folder");
            }
            var path = folder.resolve(shard);
            if (!Files.isRegularFile(path)) {
                throw new CheckpointException("shard " + path + " is missing; " + index + " lists it");
            }
            map(path).entries().forEach((name, entry) -> {
                if (!shard.equals(fileOf.get(name))) {
                    throw new CheckpointException(path + " holds the tensor '" + name + "', which " + index
                            + (fileOf.containsKey(name) ? " places in " + fileOf.get(name) : " does not list"));
                }
                entries.put(name, entry);
            });
        }
        fileOf.forEach((name, shard) -> {
            if (!entries.containsKey(name)) {
                throw new CheckpointException(folder.resolve(shard) + " lacks the tensor '" + name + "', which " + index + " places there");
            }
        });
    }

    private static Map<String, String> weightMap(Path index) {
        try {
            var map = JsonObject.read(index).object("weight_map")
                    .orElseThrow(() -> new CheckpointException(index + " lacks 'weight_map', which is needed"));
            var out = new TreeMap<String, String>();
            map.keys().forEach(name -> out.put(name, map.text(name)));
            return out;
        } catch (ConfigException e) {
            throw new CheckpointException(e.getMessage(), e);
        }
    }
}
