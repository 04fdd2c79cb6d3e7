package io.gatun.server.bench;

import io.gatun.kernels.Activation;
import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.AttentionOptions;
import io.gatun.kernels.ExpertWeights;
import io.gatun.kernels.Kernels;
import io.gatun.kernels.KvCache;
import io.gatun.kernels.RopeTable;
import io.gatun.kernels.RopeTable.Pairing;
import io.gatun.kernels.Routing;
import io.gatun.kernels.SamplingBatch;
import io.gatun.kernels.Segments;
import io.gatun.memory.CudaDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;
import io.gatun.runtime.config.ModelConfig;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Each kernel of a model at the model's shapes, beside the time that the card's bandwidth and arithmetic allow. */
final class KernelBench {
    /** Read bandwidth and dense bf16 arithmetic of an H200 as torch reaches them. */
    private static final double BYTES_PER_SECOND = 4.55e12;
    private static final double FLOPS = 690e12;
    /** More than the second-level cache, so that weights come from memory as they do in a model. */
    private static final long ROTATED_BYTES = 200L << 20;
    private static final int PAGE_SIZE = 64;

    private final CudaDevice device;
    private final Kernels kernels;
    private final ModelConfig config;
    private final DType dtype;
    private final Consumer<Row> rows;

    /**
     * A measurement.
     *
     * @param shape such as {@code M=64 N=6144 K=4096}
     * @param floorSeconds what bytes or operations take at best
     */
    record Row(String kernel, String shape, double seconds, double floorSeconds, double bytes, double flops) {
    }

    KernelBench(CudaDevice device, Kernels kernels, ModelConfig config, DType dtype, Consumer<Row> rows) {
        this.device = device;
        this.kernels = kernels;
        this.config = config;
        this.dtype = dtype;
        this.rows = rows;
    }

    void run(int[] tokens) {
        int hidden = config.hiddenSize();
        int qSize = config.numAttentionHeads() * config.headDim();
        int kvSize = config.numKeyValueHeads() * config.headDim();
        for (int m : tokens) {
            linear("qkv", m, qSize + 2 * kvSize, hidden, dtype);
            linear("o", m, hidden, qSize, dtype);
            linear("gate_up", m, 2 * config.intermediateSize(), hidden, dtype);
            linear("down", m, hidden, config.intermediateSize(), dtype);
            if (m <= 256) {
                linear("lm_head", m, config.vocabSize(), hidden, DType.F32);
                sampling(m);
            }
            small(m, qSize, kvSize);
            if (config.json().has("num_experts") || config.json().has("num_local_experts")) {
                experts(m);
            }
        }
        for (int[] shape : new int[][] {{1, 1024}, {1, 16384}, {8, 1024}, {64, 1024}, {64, 4096}, {256, 1024}}) {
            attentionDecode(shape[0], shape[1]);
        }
        for (int[] shape : new int[][] {{1, 0, 128}, {1, 0, 1024}, {1, 0, 2048}, {1, 0, 4096}, {1, 0, 8192}, {1, 7168, 1024}, {8, 0, 1024}}) {
            attentionExtend(shape[0], shape[1], shape[2]);
        }
        vision();
    }

    private void linear(String name, int m, int n, int k, DType out) {
        double bytes = (double) dtype.bytes() * ((double) n * k + (double) m * k) + (double) out.bytes() * m * n;
        with(arena -> {
            var weights = rotated(arena, (long) n * k * dtype.bytes(), i -> random(arena, dtype, n, k));
            var x = random(arena, dtype, m, k);
            var y = arena.allocate(out, m, n);
            measure(name, "M=" + m + " N=" + n + " K=" + k, bytes, 2.0 * m * n * k, i -> kernels.linear().linear(x, weights[i % weights.length], y));
        });
    }

    private void small(int m, int qSize, int kvSize) {
        int hidden = config.hiddenSize();
        int intermediate = config.intermediateSize();
        with(arena -> {
            var x = random(arena, dtype, m, hidden);
            var residual = random(arena, dtype, m, hidden);
            var weight = random(arena, dtype, hidden);
            var out = arena.allocate(dtype, m, hidden);
            measure("add_rms_norm", "T=" + m, 4.0 * m * hidden * dtype.bytes(), 0, i -> kernels.norm().addRmsNorm(x, residual, weight, 1e-5f, out));
            var gateUp = random(arena, dtype, m, 2L * intermediate);
            var activated = arena.allocate(dtype, m, intermediate);
            measure("silu_and_mul", "T=" + m, 3.0 * m * intermediate * dtype.bytes(), 0,
                    i -> kernels.activation().gatedMul(Activation.SILU, gateUp, activated));
            var qkv = random(arena, dtype, m, qSize + 2L * kvSize);
            var positions = arena.allocate(DType.I32, m).copyFrom(IntStream.range(0, m).toArray());
            var table = new RopeTable(random(arena, DType.F32, m, config.headDim() / 2), random(arena, DType.F32, m, config.headDim() / 2), Pairing.HALVES);
            measure("rope", "T=" + m, 2.0 * m * (qSize + kvSize) * dtype.bytes(), 0,
                    i -> kernels.rope().rope(qkv.narrowCols(0, qSize), qkv.narrowCols(qSize, kvSize), positions, table, config.headDim()));
        });
    }

    /** Random experts for each token, others each time; the floor is what the weights of those that are expected to have a token take. */
    private void experts(int m) {
        var json = config.json();
        int count = json.positiveInt(json.has("num_experts") ? "num_experts" : "num_local_experts");
        int topK = json.positiveInt("num_experts_per_tok");
        int hidden = config.hiddenSize();
        int intermediate = json.has("moe_intermediate_size") ? json.positiveInt("moe_intermediate_size") : config.intermediateSize();
        double touched = count * (1 - Math.pow(1 - (double) topK / count, m));
        double flops = 6.0 * m * topK * hidden * intermediate;
        String shape = "T=" + m + " E=" + count + " k=" + topK + " H=" + hidden + " I=" + intermediate;
        with(arena -> {
            var weights = new ExpertWeights(random(arena, dtype, count, 2L * intermediate, hidden), Optional.empty(),
                    random(arena, dtype, count, hidden, intermediate), Optional.empty(), Activation.SILU);
            var ids = IntStream.range(0, 4).mapToObj(i -> arena.allocate(DType.I32, m, topK).copyFrom(choices(m, count, topK, i))).toArray(Tensor[]::new);
            var shares = random(arena, DType.F32, m, topK);
            var logits = random(arena, dtype, m, count);
            var x = random(arena, dtype, m, hidden);
            var out = arena.allocate(dtype, m, hidden);
            measure("experts", shape, touched * 3 * hidden * intermediate * dtype.bytes(), flops,
                    i -> kernels.moe().experts(x, ids[i % ids.length], shares, weights, out));
            measure("route", shape, (double) m * count * dtype.bytes(), 0,
                    i -> kernels.moe().route(logits, Optional.empty(), Routing.softmax(topK, true), ids[0], shares));
        });
    }

    private static int[] choices(int tokens, int experts, int topK, int seed) {
        var random = new Random(seed);
        return IntStream.range(0, tokens).flatMap(t -> random.ints(0, experts).distinct().limit(topK)).toArray();
    }

    private void sampling(int m) {
        int vocabulary = config.vocabSize();
        with(arena -> {
            var logits = random(arena, DType.F32, m, vocabulary);
            var ids = arena.allocate(DType.I32, m);
            double bytes = 4.0 * m * vocabulary;
            measure("argmax", "B=" + m + " V=" + vocabulary, bytes, 0, i -> kernels.sampling().argmax(logits, ids));
            var filtered = new SamplingBatch(filled(arena, m, 0.8f), arena.allocate(DType.I32, m).copyFrom(ints(m, 50)), filled(arena, m, 0.9f),
                    filled(arena, m, 0), arena.allocate(DType.I64, m), arena.allocate(DType.I32, m));
            measure("sample, top k 50, top p 0.9", "B=" + m + " V=" + vocabulary, bytes, 0, i -> kernels.sampling().sample(logits, filtered, ids));
            var plain = new SamplingBatch(filtered.temperature(), arena.allocate(DType.I32, m).copyFrom(ints(m, -1)), filled(arena, m, 1), filtered.minP(),
                    filtered.seeds(), filtered.steps());
            measure("sample, temperature", "B=" + m + " V=" + vocabulary, bytes, 0, i -> kernels.sampling().sample(logits, plain, ids));
        });
    }

    private void attentionDecode(int batch, int length) {
        int heads = config.numAttentionHeads();
        int kvHeads = config.numKeyValueHeads();
        int headDim = config.headDim();
        double bytes = 2.0 * batch * length * kvHeads * headDim * dtype.bytes();
        with(arena -> {
            var caches = rotated(arena, (long) bytes, KvCache[]::new, i -> cache(arena, batch, length));
            var q = random(arena, dtype, batch, (long) heads * headDim);
            var out = arena.allocate(dtype, batch, (long) heads * headDim);
            var attention = attention(arena, batch, length, 1);
            measure("attention decode", "B=" + batch + " L=" + length, bytes, 0,
                    i -> kernels.attention().decode(q, caches[i % caches.length], attention, AttentionOptions.of(0.09f), out));
        });
    }

    private void attentionExtend(int batch, int prefix, int newTokens) {
        int heads = config.numAttentionHeads();
        int headDim = config.headDim();
        int length = prefix + newTokens;
        double flops = 4.0 * batch * heads * headDim * newTokens * (prefix + newTokens / 2.0);
        with(arena -> {
            var cache = cache(arena, batch, length);
            var q = random(arena, dtype, batch * newTokens, (long) heads * headDim);
            var out = arena.allocate(dtype, batch * newTokens, (long) heads * headDim);
            var attention = attention(arena, batch, length, newTokens);
            measure("attention extend", "B=" + batch + " S=" + newTokens + (prefix > 0 ? " after " + prefix : "") + " causal",
                    2.0 * batch * newTokens * heads * headDim * dtype.bytes(), flops,
                    i -> kernels.attention().extend(q, cache, attention, AttentionOptions.of(0.09f), out));
        });
    }

    /** The tower of Qwen2-VL-7B on a picture of 1036 by 1036 pixels, as a whole and in Qwen2.5-VL's windows, and the embeddings that come of it. */
    private void vision() {
        int patches = 5476;
        int heads = 16;
        int headDim = 80;
        int width = heads * headDim;
        int window = 64;
        linear("patches", patches, width, 3 * 2 * 14 * 14, dtype);
        linear("tower qkv", patches, 3 * width, width, dtype);
        linear("tower proj", patches, width, width, dtype);
        linear("tower fc1", patches, 4 * width, width, dtype);
        linear("tower fc2", patches, width, 4 * width, dtype);
        linear("merger", patches / 4, 4 * width, 4 * width, dtype);
        with(arena -> {
            var x = random(arena, dtype, patches, width);
            var residual = random(arena, dtype, patches, width);
            var weight = random(arena, dtype, width);
            var out = arena.allocate(dtype, patches, width);
            double row = (double) patches * width * dtype.bytes();
            String shape = "T=" + patches + " H=" + width;
            measure("layer_norm", shape, 2 * row, 0, i -> kernels.norm().layerNorm(x, weight, weight, 1e-6f, out));
            measure("add_layer_norm", shape, 4 * row, 0, i -> kernels.norm().addLayerNorm(x, residual, weight, weight, 1e-6f, out));
            var between = random(arena, dtype, patches, 4L * width);
            measure("quick_gelu", "T=" + patches + " I=" + 4 * width, 8 * row, 0, i -> kernels.activation().activate(Activation.QUICK_GELU, between));
            var qkv = random(arena, dtype, patches, 3L * width);
            var q = qkv.narrowCols(0, width);
            var k = qkv.narrowCols(width, width);
            var v = qkv.narrowCols(2L * width, width);
            var table = new RopeTable(filled(arena, patches * headDim / 2, 0.6f).view(patches, headDim / 2),
                    filled(arena, patches * headDim / 2, 0.8f).view(patches, headDim / 2), Pairing.HALVES);
            measure("rope by token", shape, 4 * row, 0, i -> kernels.rope().rope(q, k, table, headDim));
            var whole = new Segments(arena.allocate(DType.I32, 2).copyFrom(0, patches), patches);
            int windows = Math.ceilDiv(patches, window);
            var windowed = new Segments(arena.allocate(DType.I32, windows + 1)
                    .copyFrom(IntStream.rangeClosed(0, windows).map(s -> Math.min(patches, s * window)).toArray()), window);
            measure("vision attention", shape, 4 * row, 4.0 * patches * patches * width,
                    i -> kernels.vision().attention(q, k, v, whole, headDim, 0.1f, out));
            measure("vision attention, windows", shape + " W=" + window, 4 * row, 4.0 * patches * window * width,
                    i -> kernels.vision().attention(q, k, v, windowed, headDim, 0.1f, out));
            int tokens = patches / 4;
            var features = random(arena, dtype, tokens, 3584);
            var hidden = random(arena, dtype, tokens + 32, 3584);
            var rows = arena.allocate(DType.I32, tokens + 32).copyFrom(IntStream.range(-16, tokens + 16).map(t -> t < tokens ? t : -1).toArray());
            measure("merge_rows", "T=" + (tokens + 32) + " H=3584", 2.0 * tokens * 3584 * dtype.bytes(), 0,
                    i -> kernels.embedding().mergeRows(features, rows, hidden));
        });
    }

    private KvCache cache(TensorArena arena, int batch, int length) {
        int pages = 1 + batch * Math.ceilDiv(length, PAGE_SIZE);
        return new KvCache(random(arena, dtype, pages, config.numKeyValueHeads(), PAGE_SIZE, config.headDim()),
                random(arena, dtype, pages, config.numKeyValueHeads(), PAGE_SIZE, config.headDim()));
    }

    private static AttentionBatch attention(TensorArena arena, int batch, int length, int newTokens) {
        int pages = Math.ceilDiv(length, PAGE_SIZE);
        return new AttentionBatch(batch, arena.allocate(DType.I32, batch + 1).copyFrom(IntStream.rangeClosed(0, batch).map(b -> b * newTokens).toArray()),
                arena.allocate(DType.I32, batch).copyFrom(ints(batch, length)), arena.allocate(DType.I32, batch).copyFrom(IntStream.range(0, batch).toArray()),
                arena.allocate(DType.I32, batch, pages).copyFrom(IntStream.range(1, 1 + batch * pages).toArray()), newTokens, length);
    }

    private void measure(String kernel, String shape, double bytes, double flops, IntConsumer operation) {
        try (var timer = new KernelTimer(device)) {
            rows.accept(new Row(kernel, shape, timer.seconds(operation), Math.max(bytes / BYTES_PER_SECOND, flops / FLOPS), bytes, flops));
        }
    }

    private void with(Consumer<TensorArena> work) {
        try (var arena = device.arena("bench", 0)) {
            work.accept(arena);
            device.synchronize();
        }
    }

    private Tensor[] rotated(TensorArena arena, long bytes, IntFunction<Tensor> make) {
        return rotated(arena, bytes, Tensor[]::new, make);
    }

    private <T> T[] rotated(TensorArena arena, long bytes, IntFunction<T[]> array, IntFunction<T> make) {
        return IntStream.rangeClosed(0, (int) (ROTATED_BYTES / Math.max(1, bytes))).mapToObj(make).toArray(array);
    }

    private Tensor random(TensorArena arena, DType type, long... dims) {
        var tensor = arena.allocate(type, dims);
        kernels.fill().randomNormal(tensor, 1, 0, 0.5f);
        return tensor;
    }

    private static Tensor filled(TensorArena arena, int count, float value) {
        float[] values = new float[count];
        Arrays.fill(values, value);
        return arena.allocate(DType.F32, count).copyFrom(values);
    }

    private static int[] ints(int count, int value) {
        int[] values = new int[count];
        Arrays.fill(values, value);
        return values;
    }
}
