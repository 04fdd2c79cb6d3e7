package io.gatun.jmh;

import io.gatun.kernels.cpu.CpuKernels;
import io.gatun.memory.CpuDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The projections of Llama 3.2 1B. One operation is one projection; its weights come from memory, not from a cache. */
@State(Scope.Benchmark)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CpuLinearBenchmark {
    /** More than any last-level cache holds. */
    private static final long POOL_BYTES = 512L << 20;

    /** Output by input features. */
    @Param({"2048x2048", "8192x2048", "2048x8192", "128256x2048"})
    public String shape;

    @Param("BF16")
    public DType dtype;

    /** Tokens in the batch. */
    @Param({"1", "4", "128"})
    public int rows;

    private CpuDevice device;
    private CpuKernels kernels;
    private TensorArena arena;
    private final List<Tensor> weights = new ArrayList<>();
    private Tensor x;
    private Tensor out;
    private int next;

    @Setup(Level.Trial)
    public void allocate() {
        int n = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
        int k = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
        device = new CpuDevice();
        kernels = new CpuKernels(device);
        arena = device.arena("benchmark", POOL_BYTES);
        x = arena.allocate(DType.F32, rows, k);
        out = arena.allocate(DType.F32, rows, n);
        kernels.fill().randomNormal(x, 1, 0, 1);
        long bytes = (long) n * k * dtype.bytes();
        for (long used = 0; used < POOL_BYTES; used += bytes) {
            var weight = arena.allocate(dtype, n, k);
            kernels.fill().randomNormal(weight, 2 + used, 0, 0.02f);
            weights.add(weight);
        }
    }

    @TearDown(Level.Trial)
    public void free() {
        kernels.close();
        arena.close();
        device.close();
    }

    @Benchmark
    public Tensor linear(Traffic traffic) {
        var weight = weights.get(next);
        next = (next + 1) % weights.size();
        kernels.linear().linear(x, weight, out);
        traffic.gigabytes += weight.bytes() / 1e9;
        traffic.gigaflops += 2.0 * rows * weight.elements() / 1e9;
        return out;
    }
}
