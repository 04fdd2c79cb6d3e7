package io.gatun.models;

import static org.assertj.core.api.Assertions.fail;

import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.model.ModelRunner;
import io.gatun.runtime.weights.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files either load or are refused as a damaged configuration or checkpoint; nothing else comes of them. */
class CheckpointFuzzTest {
    private static final int CASES = 150;

    @TempDir
    private Path folder;

    @BeforeEach
    void copy() throws IOException {
        Checkpoints.copy("llama-mqa-dynamic-f16", folder, config -> { });
    }

    @Test
    void aDamagedSafetensorsHeader() throws IOException {
        var file = folder.resolve("model.safetensors");
        byte[] whole = Files.readAllBytes(file);
        int headerEnd = 8 + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        damage(file, whole, headerEnd, 1);
    }

    @Test
    void aDamagedConfiguration() throws IOException {
        var file = folder.resolve("config.json");
        byte[] whole = Files.readAllBytes(file);
        damage(file, whole, whole.length, 2);
    }

    /** Changes up to three of the first {@code end} bytes, or cuts the file, each with a seed of its own. */
    private void damage(Path file, byte[] whole, int end, long seed) throws IOException {
        for (int i = 0; i < CASES; i++) {
            var random = new Random(1000 * seed + i);
            byte[] bytes = i % 5 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            for (int flips = random.nextInt(4); flips > 0 && bytes.length >= end; flips--) {
                int at = random.nextInt(end);
                bytes[at] = random.nextBoolean() ? (byte) (bytes[at] ^ 1 << random.nextInt(8)) : (byte) (' ' + random.nextInt(95));
            }
            Files.write(file, bytes);
            try (var runner = ModelRunner.load(Checkpoints.onCpu(folder).chunkedPrefillSize(64).build())) {
                runner.config();
            } catch (ConfigException | CheckpointException expected) {
                continue;
            } catch (Throwable other) {
                fail("case " + i + " of " + file.getFileName(), other);
            }
        }
    }
}
