package io.gatun.runtime.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.Backend;
import io.gatun.kernels.DeviceChoice;
import io.gatun.kernels.KernelOptions;
import io.gatun.kernels.Progress;
import io.gatun.memory.DType;
import io.gatun.memory.TensorArena;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointLoaderTest {
    @TempDir
    private Path folder;

    private final Backend backend = Backend.open(DeviceChoice.CPU, KernelOptions.DEFAULT);
    private final StepWorkspace workspace = new StepWorkspace(backend.device());
    private final TensorArena weights = backend.device().arena("weights", 1 << 16);
    private final SafetensorsBuilder file = new SafetensorsBuilder();
    private Optional<SafetensorsCheckpoint> opened = Optional.empty();

    @BeforeEach
    void tensors() {
        file.tensor("attn.q.weight", DType.F32, new long[] {2, 2}, 1, 2, 3, 4);
        file.tensor("attn.k.weight", DType.F32, new long[] {1, 2}, 5, 6);
        file.tensor("attn.q.bias", DType.F32, new long[] {2}, 7, 8);
        file.tensor("attn.k.bias", DType.F32, new long[] {1}, 9);
        file.tensor("norm.weight", DType.BF16, new long[] {2}, 1.5f, -2);
    }

    @AfterEach
    void closeWithNothingLeft() {
        opened.ifPresent(SafetensorsCheckpoint::close);
        workspace.close();
        weights.close();
        assertThat(backend.device().ledger().liveByArena()).isEmpty();
        backend.close();
    }

    @Test
    void tensorsAreTakenByNameInTheirOwnDtype() throws IOException {
        var source = loader(Optional.empty()).root();
        var norm = source.scope("norm").tensor("weight", 2);
        assertThat(norm.dtype()).isEqualTo(DType.BF16);
        assertThat(norm.toFloats()).containsExactly(1.5f, -2);
        assertThat(source.scope("attn").scope("q").tensor("weight", 2, 2).toFloats()).containsExactly(1, 2, 3, 4);
    }

    @Test
    void stackedTensorsLieOneBelowTheOther() throws IOException {
        var attn = loader(Optional.empty()).root().scope("attn");
        assertThat(attn.stacked("weight", List.of("q", "k"), new long[] {2, 1}, 2).toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(attn.stacked("bias", List.of("k", "q"), new long[] {1, 2}).toFloats()).containsExactly(9, 7, 8);
    }

    @Test
    void weightsAreConvertedWhereAskedFor() throws IOException {
        file.tensor("mixed.a.weight", DType.F16, new long[] {1}, 0.5f).tensor("mixed.b.weight", DType.BF16, new long[] {1}, 3);
        var source = loader(Optional.of(DType.F32)).root();
        var norm = source.tensor("norm.weight", 2);
        assertThat(norm.dtype()).isEqualTo(DType.F32);
        assertThat(norm.toFloats()).containsExactly(1.5f, -2);
        assertThat(source.scope("mixed").stacked("weight", List.of("a", "b"), new long[] {1, 1}).toFloats()).containsExactly(0.5f, 3);
        assertThat(backend.device().ledger().liveByArena()).containsOnlyKeys("weights");
    }

    @Test
    void listsScopeEachItemByItsNumber() throws IOException {
        file.tensor("layers.0.w", DType.F32, new long[] {1}, 10).tensor("layers.1.w", DType.F32, new long[] {1}, 11);
        var items = loader(Optional.empty()).root().scope("layers").list(2, (i, w) -> i + ": " + w.tensor("w", 1).toFloats()[0]);
        assertThat(items).containsExactly("0: 10.0", "1: 11.0");
    }

    @Test
    void aMissingTensorIsNamedWithTheShapeItShouldHave() throws IOException {
        refused(loader(Optional.empty()).root(), "norm", "bias", folder + " lacks the tensor 'norm.bias' of shape [2], which the model needs");
    }

    @Test
    void aTensorTakenTwiceIsNamed() throws IOException {
        var source = loader(Optional.empty()).root();
        source.tensor("norm.weight", 2);
        refused(source, "norm", "weight", "the model takes the tensor 'norm.weight' of " + folder + " twice");
    }

    @Test
    void aTensorOfOtherShapeIsNamedWithBothShapes() throws IOException {
        var source = loader(Optional.empty()).root();
        assertThatThrownBy(() -> source.tensor("attn.q.weight", 2, 3)).isInstanceOf(CheckpointException.class)
                .hasMessage(folder.resolve("model.safetensors") + ": tensor 'attn.q.weight' has shape [2, 2]; by config.json it must be [2, 3]");
    }

    @Test
    void anIntegerTensorIsNoWeight() throws IOException {
        file.tensor("ids.weight", DType.I64, new long[] {2}, 1, 2);
        refused(loader(Optional.of(DType.F32)).root(), "ids", "weight",
                folder.resolve("model.safetensors") + ": tensor 'ids.weight' is i64; it must be f32, f16 or bf16");
    }

    @Test
    void tensorsOfDifferentDtypesAreNotMergedAsTheyAre() throws IOException {
        file.tensor("attn.v.weight", DType.BF16, new long[] {1, 2}, 5, 6);
        var attn = loader(Optional.empty()).root().scope("attn");
        assertThatThrownBy(() -> attn.stacked("weight", List.of("q", "v"), new long[] {2, 1}, 2)).isInstanceOf(CheckpointException.class)
                .hasMessageEndingWith("tensor 'attn.v.weight' is bf16, but 'attn.q.weight', which it is merged with, is f32");
    }

    @Test
    void namesThatNobodyTookAreListed() throws IOException {
        var loader = loader(Optional.empty());
        loader.root().tensor("norm.weight", 2);
        loader.root().scope("attn").stacked("weight", List.of("q", "k"), new long[] {2, 1}, 2);
        assertThatThrownBy(loader::finish).isInstanceOf(CheckpointException.class).hasMessage(folder
                + " holds 2 tensors that the model does not use: attn.k.bias, attn.q.bias; config.json and weights do not belong together");
        loader.root().scope("attn").ignore("q.bias", "k.bias", "not.even.there");
        loader.finish();
    }

    @Test
    void aLongListOfUnknownNamesIsCut() throws IOException {
        for (int i = 0; i < 20; i++) {
            file.tensor("extra." + i, DType.F32, new long[] {1}, i);
        }
        assertThatThrownBy(loader(Optional.empty())::finish).hasMessageContaining(" holds 25 tensors ").hasMessageContaining("extra.1, ")
                .hasMessageContaining(", …;");
    }

    @Test
    void progressCountsBytesUpToAll() throws IOException {
        var reports = new ArrayList<Long>();
        var loader = loader(Optional.empty(), (task, done, total) -> {
            assertThat(task).isEqualTo("loading weights");
            assertThat(total).isEqualTo(40);
            reports.add(done);
        });
        loader.root().tensor("norm.weight", 2);
        loader.root().tensor("attn.q.bias", 2);
        assertThat(reports).containsExactly(4L, 12L);
    }

    @Test
    void dummyWeightsAreTheSameForTheSameNameAndNormsAreNearOne() {
        var dummy = new DummyLoader(context(), DType.BF16).root();
        var matrix = dummy.tensor("q.weight", 64, 64);
        float[] values = matrix.toFloats();
        assertThat(matrix.dtype()).isEqualTo(DType.BF16);
        assertThat(new DummyLoader(context(), DType.BF16).root().tensor("q.weight", 64, 64).toFloats()).isEqualTo(values);
        assertThat(dummy.tensor("k.weight", 64, 64).toFloats()).isNotEqualTo(values);
        assertThat(deviation(values, 0)).isBetween(0.018, 0.022);
        assertThat(deviation(dummy.tensor("input_layernorm.weight", 4096).toFloats(), 1)).isBetween(0.018, 0.022);
    }

    @Test
    void matricesStoredWithInputsFirstAreTransposed() throws IOException {
        float[] values = new float[2 * 37 * 70];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 251;
        }
        file.tensor("t", DType.BF16, new long[] {2, 37, 70}, values).tensor("u", DType.F32, new long[] {2, 37, 70}, values);
        for (var dtype : List.of(Optional.<DType>empty(), Optional.of(DType.F32))) {
            var source = loader(dtype).root();
            for (String name : List.of("t", "u")) {
                var out = source.transposed(name, 2, 70, 37);
                assertThat(out.shape()).hasToString("[2, 70, 37]");
                assertThat(out.dtype()).isEqualTo(name.equals("t") && dtype.isEmpty() ? DType.BF16 : DType.F32);
                float[] actual = out.toFloats();
                for (int i = 0; i < values.length; i++) {
                    assertThat(actual[i]).isEqualTo(values[i / 2590 * 2590 + i % 37 * 70 + i % 2590 / 37]);
                }
            }
        }
    }

    @Test
    void aConvolutionIsFlattenedWithZerosBehindItsRows() throws IOException {
        float[] values = new float[3 * 2 * 5];
        for (int i = 0; i < values.length; i++) {
            values[i] = i + 1;
        }
        file.tensor("conv", DType.BF16, new long[] {3, 2, 5}, values);
        for (var dtype : List.of(Optional.<DType>empty(), Optional.of(DType.F32))) {
            var plain = loader(dtype).root().flattened("conv", 10, new long[] {3, 2, 5});
            assertThat(plain.shape()).hasToString("[3, 10]");
            assertThat(plain.toFloats()).isEqualTo(values);
            var padded = loader(dtype).root().flattened("conv", 16, new long[] {3, 2, 5});
            assertThat(padded.shape()).hasToString("[3, 16]");
            assertThat(padded.dtype()).isEqualTo(dtype.orElse(DType.BF16));
            for (int row = 0; row < 3; row++) {
                assertThat(padded.narrowRows(row, 1).toFloats()).isEqualTo(Arrays.copyOf(Arrays.copyOfRange(values, 10 * row, 10 * row + 10), 16));
            }
        }
    }

    @Test
    void mxfp4IsDequantised() throws IOException {
        float[] blocks = new float[3 * 2 * 2 * 16];
        for (int i = 0; i < blocks.length; i++) {
            blocks[i] = i % 16 + 16 * (15 - i % 16);
        }
        float[] scales = {127, 128, 126, 127, 127, 127, 127, 127, 130, 127, 127, 127};
        file.tensor("e_blocks", DType.U8, new long[] {3, 2, 2, 16}, blocks).tensor("e_scales", DType.U8, new long[] {3, 2, 2}, scales);
        float[] numbers = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6};
        for (var dtype : List.of(Optional.<DType>empty(), Optional.of(DType.F32))) {
            var source = loader(dtype).root();
            assertThat(source.has("e_blocks")).isTrue();
            assertThat(source.has("e")).isFalse();
            var out = source.mxfp4("e", 3, 2, 64);
            assertThat(out.dtype()).isEqualTo(dtype.orElse(DType.BF16));
            float[] actual = out.toFloats();
            for (int i = 0; i < actual.length; i++) {
                int byteInBlock = i % 32 / 2;
                float number = numbers[i % 2 == 0 ? byteInBlock : 15 - byteInBlock];
                assertThat(actual[i]).isEqualTo(number * (float) Math.pow(2, scales[i / 32] - 127));
            }
        }
    }

    @Test
    void bytesOfAnotherDtypeAreRefused() throws IOException {
        file.tensor("e_blocks", DType.I32, new long[] {1, 1, 1, 16}, new float[16]).tensor("e_scales", DType.U8, new long[] {1, 1, 1}, 0);
        var source = loader(Optional.empty()).root();
        assertThatThrownBy(() -> source.mxfp4("e", 1, 1, 32)).isInstanceOf(CheckpointException.class)
                .hasMessage(folder.resolve("model.safetensors") + ": tensor 'e_blocks' is i32; it must be u8");
        assertThatThrownBy(() -> source.mxfp4("e", 1, 1, 33)).hasMessageContaining("multiples of 32");
    }

    @Test
    void aTensorMayBeKeptMoreExactThanTheOthers() throws IOException {
        file.tensor("bias", DType.F32, new long[] {2}, 1.0001f, 2);
        var bias = loader(Optional.of(DType.BF16)).root().tensorAs(DType.F32, "bias", 2);
        assertThat(bias.dtype()).isEqualTo(DType.F32);
        assertThat(bias.toFloats()).containsExactly(1.0001f, 2);
    }

    @Test
    void itemsAreCounted() throws IOException {
        file.tensor("e.0.w", DType.F32, new long[] {1}, 1).tensor("e.1.w", DType.F32, new long[] {1}, 1);
        var source = loader(Optional.empty()).root().scope("e");
        source.requireItems("w", 2, "num_experts");
        assertThatThrownBy(() -> source.requireItems("w", 3, "num_experts")).isInstanceOf(CheckpointException.class)
                .hasMessage(folder + " lacks the tensor 'e.2.w', but num_experts of config.json is 3");
        assertThatThrownBy(() -> source.requireItems("w", 1, "num_experts")).isInstanceOf(CheckpointException.class)
                .hasMessage(folder + " holds the tensor 'e.1.w', but num_experts of config.json is 1");
    }

    private static double deviation(float[] values, double mean) {
        double sum = 0;
        for (float value : values) {
            sum += (value - mean) * (value - mean);
        }
        return Math.sqrt(sum / values.length);
    }

    private void refused(WeightSource source, String scope, String name, String message) {
        assertThatThrownBy(() -> source.scope(scope).tensor(name, 2)).isInstanceOf(CheckpointException.class).hasMessage(message);
    }

    private CheckpointLoader loader(Optional<DType> dtype) throws IOException {
        return loader(dtype, Progress.NONE);
    }

    private CheckpointLoader loader(Optional<DType> dtype, Progress progress) throws IOException {
        file.write(folder.resolve("model.safetensors"));
        opened = Optional.of(SafetensorsCheckpoint.open(folder));
        return new CheckpointLoader(opened.get(), dtype, context(), progress);
    }

    private LayerContext context() {
        return new LayerContext(backend.kernels(), workspace, weights, DType.F32, 128);
    }
}
