package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CubinCacheTest {
    private static final String KEY = "ab12";

    @TempDir
    private Path folder;
    private CubinCache cache;
    private final byte[] code = new byte[5000];

    @BeforeEach
    void fill() {
        new Random(1).nextBytes(code);
        cache = new CubinCache(folder.resolve("not/there/yet"));
    }

    @Test
    void whatWasStoredIsLoaded() {
        assertThat(cache.load(KEY)).isEmpty();
        cache.store(KEY, code);
        assertThat(cache.load(KEY)).hasValue(code);
    }

    @Test
    void anEntryUnderAnotherNameCountsAsMissing() throws IOException {
        cache.store(KEY, code);
        Files.move(entry(KEY), entry("cd34"));
        assertThat(cache.load("cd34")).isEmpty();
    }

    @Test
    void everyKindOfDamageCountsAsMissingAndIsRepairedByStoring() throws IOException {
        cache.store(KEY, code);
        byte[] whole = Files.readAllBytes(entry(KEY));
        for (int length : new int[] {0, 3, 20, 38, 39, 100, whole.length - 1}) {
            Files.write(entry(KEY), Arrays.copyOf(whole, length));
            assertThat(cache.load(KEY)).as("cut to %d bytes", length).isEmpty();
        }
        for (int at : new int[] {0, 6, 10, 50, whole.length - 1}) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 1;
            Files.write(entry(KEY), flipped);
            assertThat(cache.load(KEY)).as("bit of byte %d flipped", at).isEmpty();
        }
        cache.store(KEY, code);
        assertThat(cache.load(KEY)).hasValue(code);
    }

    @Test
    void manyWritersLeaveOneWholeEntryAndNoTemporaryFile() throws Exception {
        try (var threads = Executors.newFixedThreadPool(8)) {
            Callable<Boolean> work = () -> {
                var own = new CubinCache(folder.resolve("shared"));
                own.store(KEY, code);
                return own.load(KEY).filter(found -> Arrays.equals(found, code)).isPresent();
            };
            for (var result : threads.invokeAll(IntStream.range(0, 100).mapToObj(i -> work).toList())) {
                assertThat(result.get()).isTrue();
            }
        }
        try (var files = Files.list(folder.resolve("shared"))) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactly(KEY + ".cubin");
        }
    }

    @Test
    void aFolderThatCannotBeWrittenIsNoError() throws IOException {
        var file = Files.createFile(folder.resolve("file"));
        var blocked = new CubinCache(file);
        blocked.store(KEY, code);
        assertThat(blocked.load(KEY)).isEmpty();
    }

    @Test
    void theKeyDependsOnSourceHeadersFlagsAndCompiler() {
        var source = new KernelSources.Source("a.cu", "text", Map.of("h.cuh", "header"));
        var keys = List.of(
                CubinCache.key(source, List.of("-O"), "13.0"),
                CubinCache.key(source, List.of("-O"), "13.1"),
                CubinCache.key(source, List.of("-O", "-g"), "13.0"),
                CubinCache.key(source, List.of("-O-g"), "13.0"),
                CubinCache.key(new KernelSources.Source("a.cu", "texT", source.headers()), List.of("-O"), "13.0"),
                CubinCache.key(new KernelSources.Source("a.cu", "text", Map.of("h.cuh", "heade")), List.of("-O"), "13.0"));
        assertThat(keys).doesNotHaveDuplicates();
        assertThat(CubinCache.key(source, List.of("-O"), "13.0")).isEqualTo(keys.getFirst());
    }

    private Path entry(String key) {
        return folder.resolve("not/there/yet").resolve(key + ".cubin");
    }
}
