package io.gatun.kernels.cuda;

import io.gatun.kernels.NormStyle;
import io.gatun.memory.CudaDevice;
import io.gatun.memory.CudaEvent;
import io.gatun.memory.CudaGraph;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/** Times plans of a product by the GPU's clock, in one graph many times over with other weights each time, so that those come from memory. */
final class LinearTimer implements AutoCloseable {
    private static final double SECONDS_A_GRAPH = 1e-3;
    private static final int ROUNDS = 5;
    /** Less than that much of different weights would stay in the second-level cache. */
    private static final long ROTATED_BYTES = 150L << 20;
    private static final int MOST_ROTATED = 64;
    private static final int SMALL_VALUES = 0x3c;

    private final CudaDevice device;
    private final CudaLinear linear;
    private final CudaNorm norm;
    private final TensorArena arena;
    private final CudaEvent start = CudaEvent.create();
    private final CudaEvent end = CudaEvent.create();
    private final List<Tensor> weights;
    private final Tensor x;
    private final Tensor out;
    private final Tensor normWeight;

    /**
     * A timer for products with up to {@code tokens} rows.
     *
     * @param weights of one shape; if they are few, copies of the first join them
     */
    LinearTimer(Launcher launcher, CudaLinear linear, List<Tensor> weights, int tokens, DType outType) {
        this.linear = linear;
        device = launcher.device();
        norm = new CudaNorm(launcher);
        arena = device.arena("timing", 0);
        var first = weights.getFirst();
        var rotated = new ArrayList<>(weights);
        while (rotated.size() < MOST_ROTATED && rotated.size() * first.elements() * first.dtype().bytes() < ROTATED_BYTES) {
            rotated.add(small(first.dtype(), first.rows(), first.cols()));
        }
        this.weights = List.copyOf(rotated);
        x = small(first.dtype(), tokens, first.cols());
        normWeight = small(first.dtype(), first.cols());
        out = arena.allocate(outType, tokens, first.rows());
    }

    /** Runs a plan once, by itself or behind a norm of x, without which no product comes in a model. */
    void run(LinearPlan plan, int tokens, boolean behindNorm, int turn) {
        var rows = x.narrowRows(0, tokens);
        var weight = weights.get(turn % weights.size());
        var result = out.narrowRows(0, tokens);
        if (behindNorm) {
            norm.rmsNorm(rows, normWeight, 1e-5f, NormStyle.LLAMA, rows);
        }
        linear.launch(plan, LinearProblem.of(rows, weight, result, false), rows, weight, null, result);
    }

    /** The median time of {@link #run}. */
    double seconds(LinearPlan plan, int tokens, boolean behindNorm) {
        return seconds(turn -> run(plan, tokens, behindNorm, turn));
    }

    /** The median time of the norm alone. */
    double normSeconds(int tokens) {
        var rows = x.narrowRows(0, tokens);
        return seconds(turn -> norm.rmsNorm(rows, normWeight, 1e-5f, NormStyle.LLAMA, rows));
    }

    @Override
    public void close() {
        device.synchronize();
        start.close();
        end.close();
        arena.close();
    }

    private double seconds(IntConsumer work) {
        work.accept(0);
        double once = timed(() -> work.accept(1));
        int runs = (int) Math.clamp(SECONDS_A_GRAPH / once, 4, 100);
        try (var graph = CudaGraph.capture(device.stream(), () -> {
            for (int turn = 0; turn < runs; turn++) {
                work.accept(turn);
            }
        })) {
            graph.launch(device.stream());
            double[] rounds = new double[ROUNDS];
            Arrays.setAll(rounds, i -> timed(() -> graph.launch(device.stream())) / runs);
            Arrays.sort(rounds);
            return rounds[ROUNDS / 2];
        }
    }

    private double timed(Runnable work) {
        start.record(device.stream());
        work.run();
        end.record(device.stream());
        end.synchronize();
        return end.secondsSince(start);
    }

    private Tensor small(DType type, long... dims) {
        var tensor = arena.allocate(type, dims);
        device.fill(tensor, SMALL_VALUES);
        return tensor;
    }
}
