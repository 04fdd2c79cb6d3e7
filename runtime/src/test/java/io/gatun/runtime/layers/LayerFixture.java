package io.gatun.runtime.layers;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.cpu.CpuKernels;
import io.gatun.memory.CpuDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;
import io.gatun.runtime.batch.ExtraOutputs;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.batch.ForwardMode;
import io.gatun.runtime.cache.KvPool;
import io.gatun.runtime.cache.KvPool.KvShape;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.StepWorkspace;
import java.util.Random;
import java.util.Optional;
import java.util.stream.IntStream;

/** A layer's surroundings on the CPU, in fp32, with one request whose pages are in descending order. */
final class LayerFixture implements AutoCloseable {
    private static final int PAGE_SIZE = 4;
    private static final int PAGES = 20;
    static final int CONTEXT_LENGTH = (PAGES - 1) * PAGE_SIZE;

    private final CpuDevice device = new CpuDevice();
    private final TensorArena arena = device.arena("test", 1 << 20);
    private final CpuKernels kernels = new CpuKernels(device, 1);
    private final StepWorkspace workspace = new StepWorkspace(device);
    private final Random random = new Random(11);
    private final KvPool kvPool;
    final LayerContext context = new LayerContext(kernels, workspace, arena, DType.F32, CONTEXT_LENGTH);

    LayerFixture(KvShape shape) {
        kvPool = new KvPool(device, shape, PAGES, PAGE_SIZE);
    }

    Tensor random(long... dims) {
        var tensor = arena.allocate(DType.F32, dims);
        float[] values = new float[(int) tensor.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return tensor.copyFrom(values);
    }

    /** The step in which the tokens {@code from} to {@code to} of the request come. */
    ForwardBatch batch(ForwardMode mode, int from, int to) {
        int[] slots = IntStream.range(from, to).map(i -> (PAGES - 1 - i / PAGE_SIZE) * PAGE_SIZE + i % PAGE_SIZE).toArray();
        var table = arena.allocate(DType.I32, 1, PAGES - 1).copyFrom(IntStream.range(0, PAGES - 1).map(i -> PAGES - 1 - i).toArray());
        var attention = new AttentionBatch(1, ints(0, to - from), ints(to), ints(0), table, to - from, to);
        return new ForwardBatch(mode, 1, ints(new int[to - from]), positions(from, to), ints(slots), ints(to - from - 1), attention, kvPool,
                ExtraOutputs.NONE, Optional.empty());
    }

    Tensor positions(int from, int to) {
        return ints(IntStream.range(from, to).toArray());
    }

    private Tensor ints(int... values) {
        return arena.allocate(DType.I32, values.length).copyFrom(values);
    }

    @Override
    public void close() {
        kvPool.close();
        workspace.close();
        kernels.close();
        arena.close();
        assertThat(device.ledger().liveBytes()).isZero();
    }
}
