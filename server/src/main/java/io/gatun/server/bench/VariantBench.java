package io.gatun.server.bench;

import io.gatun.kernels.cuda.CudaKernels;
import io.gatun.memory.CudaDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;
import io.gatun.runtime.config.ModelConfig;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The linear layers of a model by each plan that Gatun knows for them, beside the time that reading the weights takes. */
final class VariantBench {
    private static final double BYTES_PER_SECOND = 4.55e12;
    /** More than the second-level cache. */
    private static final long ROTATED_BYTES = 200L << 20;

    private final CudaDevice device;
    private final CudaKernels kernels;
    private final ModelConfig config;
    private final DType dtype;

    VariantBench(CudaDevice device, CudaKernels kernels, ModelConfig config, DType dtype) {
        this.device = device;
        this.kernels = kernels;
        this.config = config;
        this.dtype = dtype;
    }

    /** Prints a line for each plan; the first of each shape is the one that is taken unmeasured. */
    void run(int[] tokens) {
        int hidden = config.hiddenSize();
        int qSize = config.numAttentionHeads() * config.headDim();
        int kvSize = config.numKeyValueHeads() * config.headDim();
        System.out.printf(Locale.ROOT, "%-8s %-24s %-22s %9s %8s %8s %15s %8s%n", "kernel", "shape", "plan", "floor us", "us", "% floor", "behind a norm",
                "% floor");
        linear("qkv", tokens, qSize + 2 * kvSize, hidden, dtype);
        linear("o", tokens, hidden, qSize, dtype);
        linear("gate_up", tokens, 2 * config.intermediateSize(), hidden, dtype);
        linear("down", tokens, hidden, config.intermediateSize(), dtype);
        linear("lm_head", tokens, config.vocabSize(), hidden, DType.F32);
    }

    private void linear(String name, int[] tokens, int n, int k, DType out) {
        try (var arena = device.arena("bench", 0)) {
            long bytes = (long) n * k * dtype.bytes();
            var weights = IntStream.rangeClosed(0, (int) (ROTATED_BYTES / bytes)).mapToObj(i -> random(arena, n, k)).toList();
            for (int m : tokens) {
                print(name, m, n, k, out, weights);
            }
            device.synchronize();
        }
    }

    private void print(String name, int m, int n, int k, DType out, List<Tensor> weights) {
        double floor = ((double) dtype.bytes() * ((double) n * k + (double) m * k) + (double) out.bytes() * m * n) / BYTES_PER_SECOND;
        kernels.compare(weights, m, out).forEach(timing -> System.out.printf(Locale.ROOT, "%-8s %-24s %-22s %9.2f %8.2f %8.1f %15.2f %8.1f%n", name,
                "M=" + m + " N=" + n + " K=" + k, timing.plan(), floor * 1e6, timing.aloneSeconds() * 1e6, 100 * floor / timing.aloneSeconds(),
                timing.behindNormSeconds() * 1e6, 100 * floor / timing.behindNormSeconds()));
    }

    private Tensor random(TensorArena arena, int n, int k) {
        var tensor = arena.allocate(dtype, n, k);
        kernels.fill().randomNormal(tensor, 1, 0, 0.5f);
        return tensor;
    }
}
