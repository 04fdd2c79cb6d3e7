package io.gatun.runtime.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.memory.DType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsCheckpointTest {
    private static final String ONE = "model-00001-of-00002.safetensors";
    private static final String TWO = "model-00002-of-00002.safetensors";

    @TempDir
    private Path folder;

    @Test
    void aSingleFileIsFoundWhateverItsName() throws IOException {
        tensors("a").write(folder.resolve("weights.safetensors"));
        try (var checkpoint = SafetensorsCheckpoint.open(folder)) {
            assertThat(checkpoint.names()).containsExactly("a");
            assertThat(checkpoint.dtype()).isEqualTo(DType.F32);
            assertThat(checkpoint.source()).isEqualTo(folder.toString());
            assertThat(checkpoint.find("b")).isEmpty();
        }
    }

    @Test
    void shardsAreOneCheckpoint() throws IOException {
        shards();
        index(Map.of("a", ONE, "b", ONE, "c", TWO));
        try (var checkpoint = SafetensorsCheckpoint.open(folder)) {
            assertThat(checkpoint.names()).containsExactlyInAnyOrder("a", "b", "c");
            assertThat(checkpoint.find("c").orElseThrow().file()).endsWith(TWO);
            assertThat(checkpoint.find("c").orElseThrow().data().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0)).isEqualTo('c');
        }
    }

    @Test
    void aFolderGivenByARelativePathIsAsGoodAsAnother() throws IOException {
        shards();
        index(Map.of("a", ONE, "b", ONE, "c", TWO));
        var relative = Path.of("").toAbsolutePath().relativize(folder.toRealPath());
        try (var checkpoint = SafetensorsCheckpoint.open(relative.resolve("."))) {
            assertThat(checkpoint.names()).hasSize(3);
        }
    }

    @Test
    void aTensorUsedAfterCloseIsAnError() throws IOException {
        tensors("a").write(folder.resolve("model.safetensors"));
        var checkpoint = SafetensorsCheckpoint.open(folder);
        var data = checkpoint.find("a").orElseThrow().data();
        checkpoint.close();
        assertThatThrownBy(() -> data.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aFolderWithoutOrWithAmbiguousWeightsIsNamed() throws IOException {
        refused(folder + " has neither model.safetensors nor model.safetensors.index.json (for random weights use --load-format dummy)");
        tensors("a").write(folder.resolve("one.safetensors"));
        tensors("b").write(folder.resolve("two.safetensors"));
        refused(folder + " has neither model.safetensors nor model.safetensors.index.json, but several .safetensors files");
    }

    @Test
    void aMissingShardIsNamed() throws IOException {
        shards();
        Files.delete(folder.resolve(TWO));
        index(Map.of("a", ONE, "b", ONE, "c", TWO));
        refused("shard " + folder.resolve(TWO) + " is missing; " + folder.resolve("model.safetensors.index.json") + " lists it");
    }

    @Test
    void aTensorInAnotherShardThanTheIndexSaysIsNamed() throws IOException {
        shards();
        index(Map.of("a", ONE, "b", TWO, "c", TWO));
        refused(folder.resolve(ONE) + " holds the tensor 'b', which " + folder.resolve("model.safetensors.index.json") + " places in " + TWO);
    }

    @Test
    void aTensorThatTheIndexDoesNotListIsNamed() throws IOException {
        shards();
        index(Map.of("a", ONE, "c", TWO));
        refused(folder.resolve(ONE) + " holds the tensor 'b', which " + folder.resolve("model.safetensors.index.json") + " does not list");
    }

    @Test
    void aTensorThatItsShardLacksIsNamed() throws IOException {
        shards();
        index(Map.of("a", ONE, "b", ONE, "c", TWO, "d", TWO));
        refused(folder.resolve(TWO) + " lacks the tensor 'd', which " + folder.resolve("model.safetensors.index.json") + " places there");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../other.safetensors", "/etc/passwd", "/tmp/x.safetensors", "sub/x.safetensors", "..", "", "nul\0.safetensors"})
    void aShardOutsideTheFolderIsRefused(String shard) throws IOException {
        index(Map.of("a", shard));
        assertThatThrownBy(() -> SafetensorsCheckpoint.open(folder)).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("names the shard '" + shard + "'; it must be a .safetensors file in the model's folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{}", "[]", "{\"weight_map\": 3}", "{\"weight_map\": {\"a\": 3}}"})
    void aMalformedIndexIsNamed(String text) throws IOException {
        var index = Files.writeString(folder.resolve("model.safetensors.index.json"), text);
        assertThatThrownBy(() -> SafetensorsCheckpoint.open(folder)).isInstanceOf(CheckpointException.class).hasMessageContaining(index.toString());
    }

    @Test
    void aCheckpointWithoutTensorsHasNoDtype() throws IOException {
        tensors().write(folder.resolve("model.safetensors"));
        try (var checkpoint = SafetensorsCheckpoint.open(folder)) {
            assertThatThrownBy(checkpoint::dtype).isInstanceOf(CheckpointException.class).hasMessage(folder + " holds no tensors");
        }
    }

    private void refused(String message) {
        assertThatThrownBy(() -> SafetensorsCheckpoint.open(folder)).isInstanceOf(CheckpointException.class).hasMessage(message);
    }

    private void shards() throws IOException {
        tensors("a", "b").write(folder.resolve(ONE));
        tensors("c").write(folder.resolve(TWO));
    }

    private void index(Map<String, String> weightMap) throws IOException {
        new ObjectMapper().writeValue(folder.resolve("model.safetensors.index.json").toFile(), Map.of("weight_map", weightMap));
    }

    /** A scalar for each name, with its letter as value. */
    private static SafetensorsBuilder tensors(String... names) {
        var builder = new SafetensorsBuilder();
        for (String name : names) {
            builder.tensor(name, DType.F32, new long[] {1}, name.charAt(0));
        }
        return builder;
    }
}
