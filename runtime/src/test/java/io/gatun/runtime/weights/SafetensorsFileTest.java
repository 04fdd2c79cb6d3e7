package io.gatun.runtime.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.memory.DType;
import io.gatun.memory.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {
    @TempDir
    private Path folder;

    @Test
    void tensorsAreFoundWithDtypeShapeAndBytes() throws IOException {
        var bytes = new SafetensorsBuilder().tensor("a", DType.F32, new long[] {2, 2}, 1, 2, 3, 4).tensor("b", DType.BF16, new long[] {3}, 1, -1, 0.5f)
                .tensor("scalar", DType.U8, new long[] {}, 9).tensor("none", DType.F32, new long[] {0, 4}).bytes();
        try (var arena = Arena.ofConfined()) {
            var entries = map(bytes, arena);
            assertThat(entries).containsOnlyKeys("a", "b", "scalar", "none");
            assertThat(entries.get("a").shape()).isEqualTo(Shape.of(2, 2));
            assertThat(entries.get("a").data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED)).containsExactly(1, 2, 3, 4);
            assertThat(entries.get("b").dtype()).isEqualTo(DType.BF16);
            assertThat(entries.get("b").data().get(ValueLayout.JAVA_SHORT_UNALIGNED, 2)).isEqualTo(DType.floatToBf16(-1));
            assertThat(entries.get("scalar").data().byteSize()).isEqualTo(1);
            assertThat(entries.get("none").data().byteSize()).isZero();
        }
    }

    @Test
    void aFileCutAnywhereIsAnErrorThatNamesIt() throws IOException {
        byte[] whole = new SafetensorsBuilder().tensor("a", DType.F32, new long[] {2, 2}, 1, 2, 3, 4).tensor("b", DType.F32, new long[] {1}, 5).bytes();
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertRefused(cut, "truncated");
        }
    }

    @Test
    void theMessageSaysWhatIsMissing() throws IOException {
        byte[] whole = new SafetensorsBuilder().tensor("a", DType.F32, new long[] {2, 2}, 1, 2, 3, 4).bytes();
        assertRefused(new byte[5], "is truncated: 5 bytes, where the header's length alone takes 8");
        int header = whole.length - 24;
        assertRefused(Arrays.copyOf(whole, 8 + header - 1), "its header has " + header + " bytes, the file only " + (header - 1) + " after the length");
        assertRefused(Arrays.copyOf(whole, whole.length - 3), "tensor 'a' ends at byte 16 of the data, which has 13 (3 B missing)");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 100_000_001, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void aHeaderLengthOutOfBoundsIsNamed(long length) throws IOException {
        byte[] bytes = new SafetensorsBuilder().bytes();
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
        assertRefused(bytes, "is no safetensors file: it says its header has " + Long.toUnsignedString(length) + " bytes; 2 to 100000000 are allowed");
    }

    @Test
    void aHeaderLongerThanTheFileIsNamed() throws IOException {
        byte[] bytes = new SafetensorsBuilder().bytes();
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 99_999_999);
        assertRefused(bytes, "truncated: its header has 99999999 bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\": ", "[]", "null", "{}}", "{\"a\": 5}", "{\"a\": null}", "{\"a\": {}}",
        "{\"a\": {\"dtype\": \"F32\"}}", "{\"a\": {\"dtype\": \"F32\", \"shape\": [1]}}", "{\"a\": {\"dtype\": 1, \"shape\": [], \"data_offsets\": [0, 4]}}",
        "{\"a\": {\"dtype\": \"F32\", \"shape\": 1, \"data_offsets\": [0, 4]}}", "{\"a\": {\"dtype\": \"F32\", \"shape\": [1.5], \"data_offsets\": [0, 4]}}",
        "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0]}}", "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": \"04\"}}"})
    void aHeaderThatIsNoneIsAnErrorThatNamesTheFile(String header) throws IOException {
        assertRefused(SafetensorsBuilder.file(header, new byte[4]), "");
    }

    @Test
    void brokenJsonIsNamedWithItsPlace() throws IOException {
        assertRefused(SafetensorsBuilder.file("{\"a\": {,}}"), "(header) is not valid JSON at line 1, column 8");
    }

    @Test
    void offsetsThatCannotBeAreNamed() throws IOException {
        assertRefused(described("F32", new long[] {2}, -8, 0), "has data_offsets [-8, 0]; they must be [begin, end]");
        assertRefused(described("F32", new long[] {2}, 8, 0), "has data_offsets [8, 0]; they must be [begin, end]");
        assertRefused(described("F32", new long[] {2}, 8, 16), "ends at byte 16 of the data, which has 8");
        assertRefused(described("F32", new long[] {2}, 0, Long.MAX_VALUE), "ends at byte " + Long.MAX_VALUE);
    }

    @Test
    void aShapeThatDoesNotFillItsSpanIsNamed() throws IOException {
        assertRefused(described("F32", new long[] {3}, 0, 8), "tensor 'a' of f32[3] takes 12 bytes, but its data_offsets span 8");
        assertRefused(described("BF16", new long[] {2}, 0, 8), "tensor 'a' of bf16[2] takes 4 bytes, but its data_offsets span 8");
    }

    @Test
    void impossibleShapesAreNamed() throws IOException {
        assertRefused(described("F32", new long[] {-2, -1}, 0, 8), "has the impossible shape [-2, -1]");
        assertRefused(described("F32", new long[] {1L << 40, 1L << 40}, 0, 8), "has the impossible shape [1099511627776, 1099511627776]");
        assertRefused(described("F32", new long[] {1L << 62}, 0, 8), "has the impossible shape [4611686018427387904]");
    }

    @Test
    void anUnsupportedDtypeListsTheSupportedOnes() throws IOException {
        assertRefused(described("F8_E4M3", new long[] {8}, 0, 8), "tensor 'a' has dtype F8_E4M3; supported are [F32, F16, BF16, I32, I64, U8]");
    }

    @Test
    void aMissingFileIsNamed() {
        var missing = folder.resolve("none.safetensors");
        try (var arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> SafetensorsFile.map(missing, arena)).isInstanceOf(CheckpointException.class).hasMessageContaining(missing.toString());
        }
    }

    private static byte[] described(String dtype, long[] shape, long begin, long end) {
        return new SafetensorsBuilder().tensor("filler", DType.F32, new long[] {2}, 1, 2).describe("a", dtype, shape, begin, end).bytes();
    }

    private void assertRefused(byte[] bytes, String message) throws IOException {
        try (var arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> map(bytes, arena)).isInstanceOf(CheckpointException.class)
                    .hasMessageContaining(folder.resolve("t.safetensors").toString()).hasMessageContaining(message);
        }
    }

    private Map<String, Checkpoint.Entry> map(byte[] bytes, Arena arena) throws IOException {
        return SafetensorsFile.map(Files.write(folder.resolve("t.safetensors"), bytes), arena).entries();
    }
}
