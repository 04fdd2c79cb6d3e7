package io.gatun.runtime.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gatun.kernels.Activation;
import io.gatun.kernels.Backend;
import io.gatun.kernels.DeviceChoice;
import io.gatun.kernels.KernelOptions;
import io.gatun.kernels.Progress;
import io.gatun.kernels.RopeTable;
import io.gatun.kernels.Segments;
import io.gatun.memory.DType;
import io.gatun.memory.Shape;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;
import io.gatun.runtime.config.RopeConfig;
import io.gatun.runtime.weights.CheckpointLoader;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.SafetensorsBuilder;
import io.gatun.runtime.weights.SafetensorsCheckpoint;
import io.gatun.runtime.weights.StepWorkspace;
import io.gatun.runtime.weights.WeightSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The layers of towers from checkpoints of small random weights, held to naive loops over those. */
class VisionLayersTest {
    private static final int T = 11;
    private static final int H = 24;
    private static final int HEADS = 2;
    private static final int HEAD_DIM = H / HEADS;
    private static final int[] BOUNDS = {0, 4, 5, 11};

    @TempDir
    private Path folder;

    private final Backend backend = Backend.open(DeviceChoice.CPU, KernelOptions.DEFAULT);
    private final StepWorkspace workspace = new StepWorkspace(backend.device());
    private final TensorArena arena = backend.device().arena("weights", 1 << 20);
    private final LayerContext context = new LayerContext(backend.kernels(), workspace, arena, DType.F32, 16);
    private final Random random = new Random(5);
    private final SafetensorsBuilder file = new SafetensorsBuilder();
    private final Map<String, float[]> stored = new HashMap<>();
    private Optional<SafetensorsCheckpoint> opened = Optional.empty();

    @AfterEach
    void close() {
        opened.ifPresent(SafetensorsCheckpoint::close);
        workspace.close();
        arena.close();
        backend.close();
    }

    @Test
    void attentionWithOneProjectionOrThreeIsTheSame() throws IOException {
        put("attn.qkv.weight", 3 * H, H);
        put("attn.qkv.bias", 3 * H);
        put("attn.proj.weight", H, H);
        for (int i = 0; i < 3; i++) {
            String name = "self_attn." + "qkv".charAt(i) + "_proj";
            copy(name + ".weight", Arrays.copyOfRange(stored.get("attn.qkv.weight"), i * H * H, (i + 1) * H * H), H, H);
            copy(name + ".bias", Arrays.copyOfRange(stored.get("attn.qkv.bias"), i * H, (i + 1) * H), H);
        }
        copy("self_attn.out_proj.weight", stored.get("attn.proj.weight"), H, H);
        var weights = open();
        var fused = VisionAttention.of(H, HEADS).fused("qkv").output("proj").outputBias(false).load(weights.scope("attn"));
        var separate = VisionAttention.of(H, HEADS).outputBias(false).load(weights.scope("self_attn"));
        var x = random(T, H);
        var cos = random(T, HEAD_DIM / 2);
        var sin = random(T, HEAD_DIM / 2);
        var segments = new Segments(arena.allocate(DType.I32, BOUNDS.length).copyFrom(BOUNDS), 6);
        var rotation = new RopeTable(cos, sin, RopeTable.Pairing.HALVES);
        assertClose(fused.forward(x, segments), attention(x.toFloats(), Optional.empty()));
        assertClose(separate.forward(x, segments), attention(x.toFloats(), Optional.empty()));
        assertClose(fused.forward(x, rotation, segments), attention(x.toFloats(), Optional.of(rotation)));
        assertThatThrownBy(() -> VisionAttention.of(H, 5)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("24 features").hasMessageContaining("5 heads");
    }

    @Test
    void layerNormFoldsTheStreamsAddition() throws IOException {
        put("norm1.weight", H);
        put("norm1.bias", H);
        var norm = LayerNorm.load(open().scope("norm1"), H, 1e-6f);
        var x = random(T, H);
        var added = random(T, H);
        float[] sum = x.toFloats();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += added.toFloats()[i];
        }
        double[] expected = new double[sum.length];
        for (int t = 0; t < T; t++) {
            double mean = 0;
            double squares = 0;
            for (int i = 0; i < H; i++) {
                mean += (double) sum[t * H + i] / H;
                squares += (double) sum[t * H + i] * sum[t * H + i] / H;
            }
            for (int i = 0; i < H; i++) {
                double normalised = (sum[t * H + i] - mean) / Math.sqrt(squares - mean * mean + 1e-6);
                expected[t * H + i] = normalised * stored.get("norm1.weight")[i] + stored.get("norm1.bias")[i];
            }
        }
        var stream = ResidualStream.of(workspace, x);
        stream.add(added);
        assertClose(norm.forward(stream), expected);
        assertThat(x.toFloats()).isEqualTo(sum);
        assertClose(norm.forward(stream), expected);
        assertThat(norm.forward(x)).isSameAs(x);
        assertClose(x, expected);
    }

    @Test
    void mlpActivatesBetweenItsProjections() throws IOException {
        put("mlp.0.weight", 40, H);
        put("mlp.0.bias", 40);
        put("mlp.2.weight", 7, 40);
        put("mlp.2.bias", 7);
        var mlp = Mlp.load(open().scope("mlp"), new String[] {"0", "2"}, new long[] {H, 40, 7}, Activation.QUICK_GELU, true);
        var x = random(T, H);
        double[] between = linear(widened(x.toFloats()), "mlp.0", H, 40);
        Arrays.setAll(between, i -> between[i] / (1 + Math.exp(-1.702 * between[i])));
        assertClose(mlp.forward(x), linear(between, "mlp.2", 40, 7));
    }

    @Test
    void patchesAreMultipliedByTheFlattenedConvolution() throws IOException {
        put("proj.weight", H, 3, 2, 2, 2);
        put("clip.weight", H, 3, 2, 2);
        put("class_embedding", H);
        var weights = open();
        var video = PatchEmbedding.load(weights.scope("proj"), H, false, 3, 2, 2, 2);
        var x = random(T, 24);
        assertClose(video.forward(x), linear(widened(x.toFloats()), "proj", 24, H));
        var clip = PatchEmbedding.load(weights.scope("clip"), H, false, 3, 2, 2).withClassToken(weights.tensor("class_embedding", H));
        var patches = random(10, 12);
        var out = clip.forward(patches, 2);
        assertThat(out.shape()).isEqualTo(Shape.of(12, H));
        double[] expected = linear(widened(patches.toFloats()), "clip", 12, H);
        for (int picture = 0; picture < 2; picture++) {
            assertThat(out.narrowRows(picture * 6, 1).toFloats()).isEqualTo(stored.get("class_embedding"));
            assertClose(out.narrowRows(picture * 6 + 1, 5), Arrays.copyOfRange(expected, picture * 5 * H, (picture + 1) * 5 * H));
        }
    }

    @Test
    void everyPictureGetsTheVectorsOfItsPlaces() throws IOException {
        put("position_embedding.weight", 5, H);
        var positions = PositionEmbedding.load(open().scope("position_embedding"), 5, H);
        var x = random(15, H);
        double[] expected = widened(x.toFloats());
        for (int i = 0; i < expected.length; i++) {
            expected[i] += stored.get("position_embedding.weight")[i % (5 * H)];
        }
        assertClose(positions.forward(x), expected);
        assertThatThrownBy(() -> positions.forward(random(T, H))).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("a multiple of 5 rows");
    }

    @Test
    void rotationWithSectionsIsTheUsualOneWhereAllAxesAgree() {
        var rotary = RotaryEmbedding.create(context, new RopeConfig.Default(10_000), HEAD_DIM);
        var q = random(T, H);
        var k = random(T, H);
        var again = List.of(copyOf(q), copyOf(k));
        int[] positions = random.ints(T, 0, 16).toArray();
        int[] axes = new int[3 * T];
        Arrays.setAll(axes, i -> positions[i % T]);
        rotary.forward(arena.allocate(DType.I32, T).copyFrom(positions), q, k);
        rotary.withSections(List.of(1, 3, 2)).forward(arena.allocate(DType.I32, 3, T).copyFrom(axes), again.get(0), again.get(1));
        assertThat(again.get(0).toFloats()).isEqualTo(q.toFloats());
        assertThat(again.get(1).toFloats()).isEqualTo(k.toFloats());
    }

    private double[] attention(float[] x, Optional<RopeTable> rotation) {
        double[] qkv = linear(widened(x), "attn.qkv", H, 3 * H);
        rotation.ifPresent(table -> rotate(qkv, table.cos().toFloats(), table.sin().toFloats()));
        double[] out = new double[T * H];
        for (int s = 0; s + 1 < BOUNDS.length; s++) {
            for (int i = BOUNDS[s]; i < BOUNDS[s + 1]; i++) {
                for (int head = 0; head < HEADS; head++) {
                    double[] weights = new double[T];
                    double sum = 0;
                    for (int j = BOUNDS[s]; j < BOUNDS[s + 1]; j++) {
                        double score = 0;
                        for (int c = head * HEAD_DIM; c < (head + 1) * HEAD_DIM; c++) {
                            score += qkv[i * 3 * H + c] * qkv[j * 3 * H + H + c];
                        }
                        weights[j] = Math.exp(score / Math.sqrt(HEAD_DIM));
                        sum += weights[j];
                    }
                    for (int j = 0; j < T; j++) {
                        for (int c = head * HEAD_DIM; c < (head + 1) * HEAD_DIM; c++) {
                            out[i * H + c] += weights[j] / sum * qkv[j * 3 * H + 2 * H + c];
                        }
                    }
                }
            }
        }
        return linear(out, "attn.proj", H, H);
    }

    private static void rotate(double[] qkv, float[] cos, float[] sin) {
        int half = HEAD_DIM / 2;
        for (int t = 0; t < T; t++) {
            for (int head = 0; head < 2 * HEADS; head++) {
                for (int i = 0; i < half; i++) {
                    int at = t * 3 * H + head * HEAD_DIM + i;
                    double a = qkv[at];
                    double b = qkv[at + half];
                    qkv[at] = a * cos[t * half + i] - b * sin[t * half + i];
                    qkv[at + half] = b * cos[t * half + i] + a * sin[t * half + i];
                }
            }
        }
    }

    private double[] linear(double[] x, String name, int in, int out) {
        float[] weight = stored.get(name + ".weight");
        float[] bias = stored.getOrDefault(name + ".bias", new float[out]);
        double[] y = new double[x.length / in * out];
        for (int i = 0; i < y.length; i++) {
            y[i] = bias[i % out];
            for (int c = 0; c < in; c++) {
                y[i] += x[i / out * in + c] * weight[i % out * in + c];
            }
        }
        return y;
    }

    private void put(String name, long... dims) {
        copy(name, gaussian((int) Shape.of(dims).elements()), dims);
    }

    private void copy(String name, float[] values, long... dims) {
        stored.put(name, values);
        file.tensor(name, DType.F32, dims, values);
    }

    private WeightSource open() throws IOException {
        opened = Optional.of(SafetensorsCheckpoint.open(file.write(folder.resolve("model.safetensors")).getParent()));
        return new CheckpointLoader(opened.get(), Optional.empty(), context, Progress.NONE).root();
    }

    private Tensor random(long... dims) {
        return arena.allocate(DType.F32, dims).copyFrom(gaussian((int) Shape.of(dims).elements()));
    }

    private Tensor copyOf(Tensor x) {
        return arena.allocate(DType.F32, x.dim(0), x.dim(1)).copyFrom(x.toFloats());
    }

    private float[] gaussian(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian() / 2;
        }
        return values;
    }

    private static double[] widened(float[] x) {
        double[] out = new double[x.length];
        Arrays.setAll(out, i -> x[i]);
        return out;
    }

    private static void assertClose(Tensor actual, double[] expected) {
        float[] values = actual.toFloats();
        assertThat(values).hasSize(expected.length);
        for (int i = 0; i < values.length; i++) {
            assertThat((double) values[i]).as("element %d", i).isCloseTo(expected[i], within(2e-5 * Math.max(1, Math.abs(expected[i]))));
        }
    }
}
