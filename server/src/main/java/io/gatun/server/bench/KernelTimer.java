package io.gatun.server.bench;

import io.gatun.memory.CudaDevice;
import io.gatun.memory.CudaEvent;
import io.gatun.memory.CudaGraph;
import java.util.Arrays;
import java.util.function.IntConsumer;

/** Times an operation on a GPU by the GPU's clock: many runs in one graph, so that launching them costs nothing. */
final class KernelTimer implements AutoCloseable {
    private static final double SECONDS_A_GRAPH = 2e-3;
    private static final int MAX_RUNS = 200;
    private static final int ROUNDS = 7;

    private final CudaDevice device;
    private final CudaEvent start = CudaEvent.create();
    private final CudaEvent end = CudaEvent.create();

    KernelTimer(CudaDevice device) {
        this.device = device;
    }

    /**
     * The median time of a run.
     *
     * @param operation is given the number of the run, to take turns with memory that the cache shall not keep
     */
    double seconds(IntConsumer operation) {
        operation.accept(0);
        operation.accept(1);
        double once = timed(() -> operation.accept(2));
        int runs = (int) Math.clamp(SECONDS_A_GRAPH / once, 4, MAX_RUNS);
        try (var graph = CudaGraph.capture(device.stream(), () -> {
            for (int i = 0; i < runs; i++) {
                operation.accept(i);
            }
        })) {
            graph.launch(device.stream());
            double[] rounds = new double[ROUNDS];
            Arrays.setAll(rounds, i -> timed(() -> graph.launch(device.stream())) / runs);
            Arrays.sort(rounds);
            return rounds[ROUNDS / 2];
        }
    }

    @Override
    public void close() {
        start.close();
        end.close();
    }

    private double timed(Runnable work) {
        start.record(device.stream());
        work.run();
        end.record(device.stream());
        end.synchronize();
        return end.secondsSince(start);
    }
}
