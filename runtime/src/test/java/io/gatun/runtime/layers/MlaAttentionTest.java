package io.gatun.runtime.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatun.memory.DType;
import io.gatun.memory.Shape;
import io.gatun.runtime.batch.ForwardMode;
import io.gatun.runtime.cache.KvPool.KvShape;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.config.RopeConfig;
import io.gatun.runtime.weights.Checkpoint;
import io.gatun.runtime.weights.CheckpointLoader;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds the absorbed form to what the paper writes down: keys and values of every head expanded from the latents, in doubles. */
class MlaAttentionTest {
    private static final int HIDDEN = 40;
    private static final int HEADS = 3;
    private static final int RANK = 24;
    private static final int NOPE = 16;
    private static final int ROPE = 8;
    private static final int V = 12;
    private static final int TOKENS = 21;
    private static final double THETA = 10_000;

    /** Random tensors by name. */
    private static final class Weights implements Checkpoint {
        private final Random random = new Random(5);
        private final Map<String, Entry> entries = new HashMap<>();
        private final Map<String, float[]> values = new HashMap<>();

        Weights add(String name, float mean, long... dims) {
            float[] made = new float[(int) Shape.of(dims).elements()];
            for (int i = 0; i < made.length; i++) {
                made[i] = mean + 0.2f * (float) random.nextGaussian();
            }
            values.put(name, made);
            entries.put(name, new Entry("memory", DType.F32, Shape.of(dims), MemorySegment.ofArray(made)));
            return this;
        }

        float[] get(String name) {
            return values.get(name);
        }

        @Override
        public String source() {
            return "memory";
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
        }
    }

    @ParameterizedTest(name = "queries compressed to {0}, interleaved: {1}, bias: {2}")
    @CsvSource({"0, true, false", "0, false, false", "20, true, true", "20, false, false"})
    void computesWhatExpandedHeadsWould(int qRank, boolean interleaved, boolean bias) {
        var config = new MlaConfig(HIDDEN, HEADS, qRank, RANK, NOPE, ROPE, V, interleaved, bias, 0.3f);
        var weights = weights(qRank, bias);
        try (var fixture = new LayerFixture(new KvShape(List.of(config.layerShape()), DType.F32))) {
            var loader = new CheckpointLoader(weights, Optional.empty(), fixture.context, (what, done, total) -> { });
            var rotary = RotaryEmbedding.create(fixture.context, new RopeConfig.Default(THETA), ROPE);
            var attention = new MlaAttention(config, 0, rotary, loader.root());
            loader.finish();
            var hidden = fixture.random(TOKENS, HIDDEN);
            var out = attention.forward(fixture.positions(0, TOKENS), hidden, fixture.batch(ForwardMode.EXTEND, 0, TOKENS)).toFloats();
            double[] expected = expanded(config, weights, hidden.toFloats());
            for (int i = 0; i < out.length; i++) {
                assertThat((double) out[i]).as("element %d", i).isCloseTo(expected[i], within(1e-4));
            }
            for (int t = 0; t < TOKENS; t++) {
                var batch = fixture.batch(ForwardMode.DECODE, t, t + 1);
                var one = attention.forward(fixture.positions(t, t + 1), hidden.narrowRows(t, 1), batch).toFloats();
                for (int i = 0; i < HIDDEN; i++) {
                    assertThat(one[i]).as("element %d of token %d, decoded", i, t).isEqualTo(out[t * HIDDEN + i]);
                }
            }
        }
    }

    @Test
    void readsDeepSeeksConfiguration() {
        var config = MlaConfig.of(ModelConfig.of(JsonObject.parse("config.json", """
                {"architectures": ["DeepseekV3ForCausalLM"], "hidden_size": 7168, "num_hidden_layers": 61, "num_attention_heads": 128, "vocab_size": 129280,
                 "max_position_embeddings": 163840, "q_lora_rank": 1536, "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64,
                 "v_head_dim": 128, "rope_scaling": {"type": "yarn", "factor": 40, "mscale": 1.0, "mscale_all_dim": 1.0, "beta_fast": 32, "beta_slow": 1,
                 "original_max_position_embeddings": 4096}}""")));
        double mscale = 0.1 * Math.log(40) + 1;
        assertThat(config).isEqualTo(new MlaConfig(7168, 128, 1536, 512, 128, 64, 128, true, false, (float) (mscale * mscale / Math.sqrt(192))));
        assertThat(new KvShape(List.of(config.layerShape()), DType.BF16).bytesPerToken()).isEqualTo(1152);
    }

    private static Weights weights(int qRank, boolean bias) {
        var weights = new Weights().add("kv_a_proj_with_mqa.weight", 0, RANK + ROPE, HIDDEN).add("kv_a_layernorm.weight", 1, RANK)
                .add("kv_b_proj.weight", 0, HEADS * (NOPE + V), RANK).add("o_proj.weight", 0, HIDDEN, HEADS * V);
        if (qRank == 0) {
            weights.add("q_proj.weight", 0, HEADS * (NOPE + ROPE), HIDDEN);
        } else {
            weights.add("q_a_proj.weight", 0, qRank, HIDDEN).add("q_a_layernorm.weight", 1, qRank)
                    .add("q_b_proj.weight", 0, HEADS * (NOPE + ROPE), qRank);
        }
        if (bias) {
            weights.add("q_a_proj.bias", 0, qRank).add("kv_a_proj_with_mqa.bias", 0, RANK + ROPE).add("o_proj.bias", 0, HIDDEN);
        }
        return weights;
    }

    private static double[] expanded(MlaConfig config, Weights weights, float[] hidden) {
        double[][] queries = new double[TOKENS][];
        double[][] rotatedKeys = new double[TOKENS][];
        double[][] heads = new double[TOKENS][];
        double[] out = new double[TOKENS * HIDDEN];
        for (int t = 0; t < TOKENS; t++) {
            double[] x = new double[HIDDEN];
            for (int i = 0; i < HIDDEN; i++) {
                x[i] = hidden[t * HIDDEN + i];
            }
            queries[t] = config.qLoraRank() == 0 ? linear(weights, "q_proj", x)
                    : linear(weights, "q_b_proj", norm(weights.get("q_a_layernorm.weight"), linear(weights, "q_a_proj", x), config.qLoraRank()));
            for (int h = 0; h < HEADS; h++) {
                rotate(queries[t], h * (NOPE + ROPE) + NOPE, t, config.interleaved());
            }
            double[] compressed = linear(weights, "kv_a_proj_with_mqa", x);
            rotate(compressed, RANK, t, config.interleaved());
            rotatedKeys[t] = compressed;
            heads[t] = linear(weights, "kv_b_proj", norm(weights.get("kv_a_layernorm.weight"), compressed, RANK));
            double[] values = new double[HEADS * V];
            for (int h = 0; h < HEADS; h++) {
                double[] scores = new double[t + 1];
                double sum = 0;
                for (int s = 0; s <= t; s++) {
                    for (int c = 0; c < NOPE; c++) {
                        scores[s] += queries[t][h * (NOPE + ROPE) + c] * heads[s][h * (NOPE + V) + c];
                    }
                    for (int c = 0; c < ROPE; c++) {
                        scores[s] += queries[t][h * (NOPE + ROPE) + NOPE + c] * rotatedKeys[s][RANK + c];
                    }
                    scores[s] = Math.exp(scores[s] * config.scale());
                    sum += scores[s];
                }
                for (int s = 0; s <= t; s++) {
                    for (int c = 0; c < V; c++) {
                        values[h * V + c] += scores[s] / sum * heads[s][h * (NOPE + V) + NOPE + c];
                    }
                }
            }
            System.arraycopy(linear(weights, "o_proj", values), 0, out, t * HIDDEN, HIDDEN);
        }
        return out;
    }

    private static double[] linear(Weights weights, String name, double[] x) {
        float[] weight = weights.get(name + ".weight");
        float[] bias = weights.get(name + ".bias");
        double[] out = new double[weight.length / x.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = bias == null ? 0 : bias[i];
            for (int j = 0; j < x.length; j++) {
                out[i] += x[j] * weight[i * x.length + j];
            }
        }
        return out;
    }

    private static double[] norm(float[] weight, double[] x, int n) {
        double squares = 0;
        for (int i = 0; i < n; i++) {
            squares += x[i] * x[i];
        }
        double[] out = new double[n];
        for (int i = 0; i < n; i++) {
            out[i] = x[i] / Math.sqrt(squares / n + 1e-6) * weight[i];
        }
        return out;
    }

    private static void rotate(double[] x, int at, int position, boolean interleaved) {
        for (int i = 0; i < ROPE / 2; i++) {
            double angle = position * Math.pow(THETA, -2.0 * i / ROPE);
            int first = at + (interleaved ? 2 * i : i);
            int second = interleaved ? first + 1 : first + ROPE / 2;
            double a = x[first];
            double b = x[second];
            x[first] = a * Math.cos(angle) - b * Math.sin(angle);
            x[second] = b * Math.cos(angle) + a * Math.sin(angle);
        }
    }
}
