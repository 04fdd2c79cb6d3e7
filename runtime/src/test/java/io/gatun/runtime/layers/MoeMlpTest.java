package io.gatun.runtime.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gatun.kernels.Activation;
import io.gatun.kernels.Backend;
import io.gatun.kernels.DeviceChoice;
import io.gatun.kernels.KernelOptions;
import io.gatun.kernels.Progress;
import io.gatun.kernels.Routing;
import io.gatun.memory.DType;
import io.gatun.memory.Shape;
import io.gatun.memory.TensorArena;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.weights.CheckpointException;
import io.gatun.runtime.weights.CheckpointLoader;
import io.gatun.runtime.weights.DummyLoader;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.SafetensorsBuilder;
import io.gatun.runtime.weights.SafetensorsCheckpoint;
import io.gatun.runtime.weights.StepWorkspace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blocks of every family from checkpoints of small random weights, held to naive loops over those. */
class MoeMlpTest {
    private static final int E = 6;
    private static final int K = 2;
    private static final int H = 32;
    private static final int I = 64;
    private static final int TOKENS = 7;

    @TempDir
    private Path folder;

    private final Backend backend = Backend.open(DeviceChoice.CPU, KernelOptions.DEFAULT);
    private final StepWorkspace workspace = new StepWorkspace(backend.device());
    private final TensorArena constants = backend.device().arena("weights", 1 << 20);
    private final Random random = new Random(11);
    private final SafetensorsBuilder file = new SafetensorsBuilder();
    private final Map<String, float[]> stored = new HashMap<>();
    private final float[] x = gaussian(TOKENS * H, 1);
    private Optional<SafetensorsCheckpoint> opened = Optional.empty();

    @AfterEach
    void close() {
        opened.ifPresent(SafetensorsCheckpoint::close);
        workspace.close();
        constants.close();
        backend.close();
    }

    @Test
    void softmaxRoutingWithAGatedSharedExpert() throws IOException {
        separate("gate_proj", "up_proj", "down_proj");
        put("mlp.gate.weight", E, H);
        mlp("mlp.shared_expert", 40);
        put("mlp.shared_expert_gate.weight", 1, H);
        var block = MoeMlp.of(config(E), "num_experts", Routing.softmax(K, true).toDtype()).intermediate(I).gatedSharedExpert(40);
        assertForward(block, (in, t) -> {
            double[] out = mixture(in, softmax(logits(in, "mlp.gate")), "gate_proj", "up_proj", "down_proj");
            double gate = 1 / (1 + Math.exp(-dot(stored.get("mlp.shared_expert_gate.weight"), 0, in)));
            return add(out, gated("mlp.shared_expert", in, "gate_proj", "up_proj", "down_proj"), gate);
        });
    }

    @Test
    void projectionsOfOtherNames() throws IOException {
        separate("w1", "w3", "w2");
        put("mlp.gate.weight", E, H);
        var block = MoeMlp.of(config(E), "num_experts", Routing.softmax(K, true)).projections("w1", "w3", "w2");
        assertForward(block, (in, t) -> mixture(in, softmax(logits(in, "mlp.gate")), "w1", "w3", "w2"));
    }

    @Test
    void sigmoidRoutingWithCorrectionBiasAndSharedExperts() throws IOException {
        separate("gate_proj", "up_proj", "down_proj");
        put("mlp.gate.weight", E, H);
        stored.put("mlp.gate.e_score_correction_bias", new float[] {0, 5, 0, 0, 5, 0});
        file.tensor("mlp.gate.e_score_correction_bias", DType.F32, new long[] {E}, stored.get("mlp.gate.e_score_correction_bias"));
        mlp("mlp.shared_experts", 48);
        var block = MoeMlp.of(config(E), "num_experts", Routing.sigmoid(K, true).grouped(1, 1).scaled(2.5f)).fp32Router().correctionBias().sharedExperts(48);
        assertForward(block, (in, t) -> {
            double[] scores = logits(in, "mlp.gate");
            for (int e = 0; e < E; e++) {
                scores[e] = e == 1 || e == 4 ? 1 / (1 + Math.exp(-scores[e])) : 0;
            }
            double[] out = mixture(in, scores, "gate_proj", "up_proj", "down_proj");
            for (int h = 0; h < H; h++) {
                out[h] *= 2.5;
            }
            return add(out, gated("mlp.shared_experts", in, "gate_proj", "up_proj", "down_proj"), 1);
        });
    }

    @Test
    void packedExpertsWithInputsFirst() throws IOException {
        packedBiasesAndRouter();
        put("mlp.experts.gate_up_proj", E, H, 2 * I);
        put("mlp.experts.down_proj", E, I, H);
        float[] gateUp = stored.get("mlp.experts.gate_up_proj");
        float[] down = stored.get("mlp.experts.down_proj");
        assertForward(packed(), (in, t) -> packedMixture(in, (e, n, k) -> gateUp[(e * H + k) * 2 * I + n], (e, n, k) -> down[(e * I + k) * H + n]));
    }

    @Test
    void packedExpertsInMxfp4() throws IOException {
        packedBiasesAndRouter();
        int[] gateUpBlocks = bytes("mlp.experts.gate_up_proj_blocks", 256, E, 2 * I, H / 32, 16);
        int[] gateUpScales = bytes("mlp.experts.gate_up_proj_scales", 3, E, 2 * I, H / 32);
        int[] downBlocks = bytes("mlp.experts.down_proj_blocks", 256, E, H, I / 32, 16);
        int[] downScales = bytes("mlp.experts.down_proj_scales", 3, E, H, I / 32);
        assertForward(packed(), (in, t) -> packedMixture(in, (e, n, k) -> mxfp4(gateUpBlocks, gateUpScales, (e * 2 * I + n) * H + k),
                (e, n, k) -> mxfp4(downBlocks, downScales, (e * H + n) * I + k)));
    }

    @Test
    void anotherNumberOfExpertsIsNamedWithTensorAndField() throws IOException {
        separate("gate_proj", "up_proj", "down_proj");
        put("mlp.gate.weight", E, H);
        assertThatThrownBy(() -> load(MoeMlp.of(config(E + 1), "num_experts", Routing.softmax(K, true)))).isInstanceOf(CheckpointException.class)
                .hasMessage(folder + " lacks the tensor 'mlp.experts.6.down_proj.weight', but num_experts of config.json is 7");
        assertThatThrownBy(() -> load(MoeMlp.of(config(E - 1), "num_experts", Routing.softmax(K, true)))).isInstanceOf(CheckpointException.class)
                .hasMessage(folder + " holds the tensor 'mlp.experts.5.down_proj.weight', but num_experts of config.json is 5");
    }

    @Test
    void anotherNumberOfPackedExpertsIsNamedWithTensorAndField() throws IOException {
        packedBiasesAndRouter();
        put("mlp.experts.gate_up_proj", E + 1, H, 2 * I);
        assertThatThrownBy(() -> load(packed())).isInstanceOf(CheckpointException.class).hasMessage(folder.resolve("model.safetensors")
                + ": tensor 'mlp.experts.gate_up_proj' has shape [7, 32, 128]; by config.json it must be [6, 32, 128] (num_experts is 6)");
    }

    @Test
    void aRoutingThatTheExpertsDoNotAllowIsNamed() {
        assertThatThrownBy(() -> MoeMlp.of(config(E), "num_experts", Routing.softmax(K, true).grouped(4, 2)).load(new DummyLoader(context(), DType.F32).root()))
                .isInstanceOf(ConfigException.class).hasMessageContaining("num_experts is 6").hasMessageContaining("4 groups");
    }

    @Test
    void dummyWeightsMakeEveryKindOfBlock() {
        var weights = new DummyLoader(context(), DType.F32).root();
        var blocks = new MoeMlp.Builder[] {packed(), MoeMlp.of(config(E), "num_experts", Routing.sigmoid(K, true)).correctionBias().gatedSharedExpert(24)};
        for (var block : blocks) {
            var in = workspace.allocate(DType.F32, TOKENS, H).copyFrom(x);
            assertThat(block.load(weights).forward(in).toFloats()).hasSize(TOKENS * H).doesNotContain(Float.NaN);
        }
    }

    /** The output of one token. */
    private interface Naive {
        double[] forward(float[] in, int token);
    }

    /** Row n, column k of expert e's matrix. */
    private interface Matrix {
        double at(int e, int n, int k);
    }

    private void assertForward(MoeMlp.Builder block, Naive naive) throws IOException {
        var loader = loader();
        var moe = block.load(loader.root().scope("mlp"));
        loader.finish();
        float[] out = moe.forward(workspace.allocate(DType.F32, TOKENS, H).copyFrom(x)).toFloats();
        for (int t = 0; t < TOKENS; t++) {
            double[] expected = naive.forward(Arrays.copyOfRange(x, t * H, (t + 1) * H), t);
            for (int h = 0; h < H; h++) {
                assertThat((double) out[t * H + h]).isCloseTo(expected[h], within(1e-4 * Math.max(1, Math.abs(expected[h]))));
            }
        }
    }

    private MoeMlp load(MoeMlp.Builder block) throws IOException {
        return block.load(loader().root().scope("mlp"));
    }

    private CheckpointLoader loader() throws IOException {
        file.write(folder.resolve("model.safetensors"));
        opened.ifPresent(SafetensorsCheckpoint::close);
        opened = Optional.of(SafetensorsCheckpoint.open(folder));
        return new CheckpointLoader(opened.get(), Optional.empty(), context(), Progress.NONE);
    }

    private LayerContext context() {
        return new LayerContext(backend.kernels(), workspace, constants, DType.F32, 128);
    }

    private MoeMlp.Builder packed() {
        return MoeMlp.of(config(E), "num_experts", Routing.softmaxOfChosen(K)).router("router", true).packed(Activation.CLAMPED_SWIGLU);
    }

    private static ModelConfig config(int experts) {
        return ModelConfig.of(JsonObject.parse("config.json", """
                {"architectures": ["Moe"], "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 300,
                 "max_position_embeddings": 128, "intermediate_size": 64, "rms_norm_eps": 1e-5, "hidden_act": "silu", "num_experts": %d}"""
                .formatted(experts)));
    }

    private void separate(String gate, String up, String down) {
        for (int e = 0; e < E; e++) {
            put("mlp.experts." + e + "." + gate + ".weight", I, H);
            put("mlp.experts." + e + "." + up + ".weight", I, H);
            put("mlp.experts." + e + "." + down + ".weight", H, I);
        }
    }

    private void mlp(String name, int intermediate) {
        put(name + ".gate_proj.weight", intermediate, H);
        put(name + ".up_proj.weight", intermediate, H);
        put(name + ".down_proj.weight", H, intermediate);
    }

    private void packedBiasesAndRouter() {
        put("mlp.router.weight", E, H);
        put("mlp.router.bias", E);
        put("mlp.experts.gate_up_proj_bias", E, 2 * I);
        put("mlp.experts.down_proj_bias", E, H);
    }

    private void put(String name, long... dims) {
        int count = (int) Shape.of(dims).elements();
        stored.put(name, gaussian(count, 0.3f));
        file.tensor(name, DType.F32, dims, stored.get(name));
    }

    /** Random bytes below {@code bound}; scales begin at 2^-4. */
    private int[] bytes(String name, int bound, long... dims) {
        int count = (int) Shape.of(dims).elements();
        int[] values = random.ints(count, 0, bound).map(b -> bound == 256 ? b : 123 + b).toArray();
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (byte) values[i];
        }
        file.tensor(name, DType.U8, dims, floats);
        return values;
    }

    private static double mxfp4(int[] blocks, int[] scales, int i) {
        double[] magnitudes = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
        int four = blocks[i / 2] >> i % 2 * 4 & 15;
        return (four < 8 ? 1 : -1) * magnitudes[four & 7] * Math.pow(2, scales[i / 32] - 127);
    }

    private float[] gaussian(int count, float deviation) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = DType.bf16ToFloat(DType.floatToBf16(deviation * (float) random.nextGaussian()));
        }
        return values;
    }

    private double[] logits(float[] in, String router) {
        return IntStream.range(0, E).mapToDouble(e -> dot(stored.get(router + ".weight"), e * H, in)).toArray();
    }

    /** The K best scores, divided by their sum, times what their experts make of the token. */
    private double[] mixture(float[] in, double[] scores, String gate, String up, String down) {
        double[] out = new double[H];
        int[] best = best(scores);
        double sum = IntStream.of(best).mapToDouble(e -> scores[e]).sum();
        for (int e : best) {
            add(out, gated("mlp.experts." + e, in, gate, up, down), scores[e] / sum);
        }
        return out;
    }

    private double[] packedMixture(float[] in, Matrix gateUp, Matrix down) {
        double[] scores = logits(in, "mlp.router");
        for (int e = 0; e < E; e++) {
            scores[e] += stored.get("mlp.router.bias")[e];
        }
        int[] best = best(scores);
        double sum = IntStream.of(best).mapToDouble(e -> Math.exp(scores[e])).sum();
        double[] out = new double[H];
        for (int e : best) {
            double[] hidden = new double[2 * I];
            for (int n = 0; n < 2 * I; n++) {
                hidden[n] = stored.get("mlp.experts.gate_up_proj_bias")[e * 2 * I + n];
                for (int k = 0; k < H; k++) {
                    hidden[n] += gateUp.at(e, n, k) * in[k];
                }
            }
            for (int n = 0; n < H; n++) {
                double y = stored.get("mlp.experts.down_proj_bias")[e * H + n];
                for (int k = 0; k < I; k++) {
                    double g = Math.min(hidden[2 * k], 7);
                    y += down.at(e, n, k) * g / (1 + Math.exp(-1.702 * g)) * (Math.clamp(hidden[2 * k + 1], -7, 7) + 1);
                }
                out[n] += Math.exp(scores[e]) / sum * y;
            }
        }
        return out;
    }

    private double[] gated(String name, float[] in, String gate, String up, String down) {
        int intermediate = stored.get(name + "." + gate + ".weight").length / H;
        double[] out = new double[H];
        for (int i = 0; i < intermediate; i++) {
            double g = dot(stored.get(name + "." + gate + ".weight"), i * H, in);
            double activated = g / (1 + Math.exp(-g)) * dot(stored.get(name + "." + up + ".weight"), i * H, in);
            for (int h = 0; h < H; h++) {
                out[h] += activated * stored.get(name + "." + down + ".weight")[h * intermediate + i];
            }
        }
        return out;
    }

    private static int[] best(double[] scores) {
        return IntStream.range(0, E).boxed().sorted(Comparator.comparingDouble(e -> -scores[e])).limit(K).mapToInt(e -> e).toArray();
    }

    private static double[] softmax(double[] logits) {
        double sum = Arrays.stream(logits).map(Math::exp).sum();
        return Arrays.stream(logits).map(l -> Math.exp(l) / sum).toArray();
    }

    private static double[] add(double[] out, double[] added, double factor) {
        for (int h = 0; h < H; h++) {
            out[h] += factor * added[h];
        }
        return out;
    }

    private static double dot(float[] weights, int at, float[] in) {
        double sum = 0;
        for (int k = 0; k < H; k++) {
            sum += (double) weights[at + k] * in[k];
        }
        return sum;
    }
}
