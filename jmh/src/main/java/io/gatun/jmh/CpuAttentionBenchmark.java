package io.gatun.jmh;

import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.AttentionOptions;
import io.gatun.kernels.KvCache;
import io.gatun.kernels.cpu.CpuKernels;
import io.gatun.memory.CpuDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;
import java.util.stream.IntStream;
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

/** Attention of one layer of Llama 3.2 1B over a cache in pages of 16 tokens: one new token, and all tokens at once. */
@State(Scope.Benchmark)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CpuAttentionBenchmark {
    private static final int HEADS = 32;
    private static final int KV_HEADS = 8;
    private static final int HEAD_DIM = 64;
    private static final int PAGE_SIZE = 16;
    private static final AttentionOptions OPTIONS = AttentionOptions.of(0.125f);

    @Param({"128", "1024", "4096"})
    public int tokens;

    private CpuDevice device;
    private CpuKernels kernels;
    private TensorArena arena;
    private KvCache cache;
    private AttentionBatch one;
    private AttentionBatch all;
    private Tensor q;
    private Tensor out;
    private Tensor firstQ;
    private Tensor firstOut;

    @Setup(Level.Trial)
    public void allocate() {
        device = new CpuDevice();
        kernels = new CpuKernels(device);
        arena = device.arena("benchmark", 64L << 20);
        int pages = tokens / PAGE_SIZE;
        cache = new KvCache(random(pages, KV_HEADS, PAGE_SIZE, HEAD_DIM), random(pages, KV_HEADS, PAGE_SIZE, HEAD_DIM));
        q = random(tokens, HEADS * HEAD_DIM);
        out = random(tokens, HEADS * HEAD_DIM);
        firstQ = q.narrowRows(0, 1);
        firstOut = out.narrowRows(0, 1);
        one = batch(1);
        all = batch(tokens);
    }

    private Tensor random(long... dims) {
        var tensor = arena.allocate(DType.F32, dims);
        kernels.fill().randomNormal(tensor, 1, 0, 1);
        return tensor;
    }

    private AttentionBatch batch(int newTokens) {
        var table = arena.allocate(DType.I32, 1, tokens / PAGE_SIZE).copyFrom(IntStream.range(0, tokens / PAGE_SIZE).toArray());
        var indptr = arena.allocate(DType.I32, 2).copyFrom(0, newTokens);
        return new AttentionBatch(1, indptr, arena.allocate(DType.I32, 1).copyFrom(new int[] {tokens}), arena.allocate(DType.I32, 1).copyFrom(new int[] {0}), table,
                newTokens, tokens);
    }

    @TearDown(Level.Trial)
    public void free() {
        kernels.close();
        arena.close();
        device.close();
    }

    @Benchmark
    public void decode(Traffic traffic) {
        kernels.attention().decode(firstQ, cache, one, OPTIONS, firstOut);
        traffic.gigabytes += 2 * cache.k().bytes() / 1e9;
        traffic.gigaflops += 4.0 * tokens * HEADS * HEAD_DIM / 1e9;
    }

    @Benchmark
    public void extend(Traffic traffic) {
        kernels.attention().extend(q, cache, all, OPTIONS, out);
        traffic.gigabytes += 2 * cache.k().bytes() / 1e9;
        traffic.gigaflops += 2.0 * tokens * (tokens + 1) * HEADS * HEAD_DIM / 1e9;
    }
}
