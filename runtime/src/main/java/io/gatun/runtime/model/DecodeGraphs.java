package io.gatun.runtime.model;

import io.gatun.kernels.Progress;
import io.gatun.memory.CudaDevice;
import io.gatun.memory.CudaGraph;
import io.gatun.memory.Owner;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.BatchBuilder;
import io.gatun.runtime.batch.Chunk;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.layers.LogitsOutput;
import io.gatun.runtime.model.LoadReport.GraphReport;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Decode steps recorded as CUDA graphs, for certain batch sizes (SGLang's decode graphs). A step of any size up to the largest is filled up to the next of
 * them with dummies, and launched in one call. All graphs work in the same memory, that of eager steps: only one step runs at a time.
 */
final class DecodeGraphs implements AutoCloseable {
    private final CudaDevice device;
    private final BatchBuilder batches;
    private final Owner owner = new Owner();
    private final Captured[] byBatchSize;
    private final LogitsOutput[] outputs;
    private final GraphReport report;

    private record Captured(int size, ForwardBatch batch, CudaGraph graph) {
    }

    /**
     * Records graphs for all of {@link #sizes}. Each step first runs eagerly, which loads its kernels and takes its memory.
     *
     * @param step a forward pass on inputs that are on the device
     * @param contextLength the longest that any request can become
     */
    DecodeGraphs(CudaDevice device, BatchBuilder batches, Function<ForwardBatch, LogitsOutput> step, int maxBatchSize, int contextLength, Progress progress) {
        this.device = device;
        this.batches = batches;
        byBatchSize = new Captured[maxBatchSize + 1];
        outputs = new LogitsOutput[maxBatchSize + 1];
        int[] sizes = sizes(maxBatchSize);
        long start = System.nanoTime();
        long free = device.freeBytes();
        try {
            for (int i = sizes.length - 1; i >= 0; i--) {
                progress.report("capturing CUDA graphs", sizes.length - 1 - i, sizes.length);
                capture(sizes[i], i == 0 ? 1 : sizes[i - 1] + 1, step, contextLength);
            }
            device.synchronize();
        } catch (RuntimeException | Error e) {
            owner.close();
            throw e;
        }
        progress.report("capturing CUDA graphs", sizes.length, sizes.length);
        report = new GraphReport(sizes.length, (System.nanoTime() - start) / 1e9, Math.max(0, free - device.freeBytes()));
    }

    /** SGLang's batch sizes, 1, 2, 4, then every 4th, 8th, 16th, up to {@code max} and that itself. */
    static int[] sizes(int max) {
        var usual = IntStream.iterate(1, size -> size < max, size -> size < 4 ? 2 * size : size < 16 ? size + 4 : size < 256 ? size + 8 : size + 16);
        return IntStream.concat(usual, IntStream.of(max)).toArray();
    }

    GraphReport report() {
        return report;
    }

    /**
     * Starts a decode step and returns without waiting.
     *
     * @return whether it could: the batch is not too large, and brings no more new pages than usual
     */
    boolean launch(List<? extends Chunk> chunks) {
        int size = chunks.size();
        if (size >= byBatchSize.length || !batches.sendDecode(chunks, byBatchSize[size].size)) {
            return false;
        }
        byBatchSize[size].graph.launch(device.stream());
        return true;
    }

    /** What a step of so many requests gives, good from its launch to the start of the next step. */
    LogitsOutput output(int size) {
        return outputs[size];
    }

    /** i32, from the first on the rows of the requests of a step of {@code size}. */
    Tensor rows(int size) {
        return byBatchSize[size].batch.attention().rows();
    }

    @Override
    public void close() {
        owner.close();
    }

    private void capture(int size, int smallest, Function<ForwardBatch, LogitsOutput> step, int contextLength) {
        var batch = batches.decodeInputs(size, contextLength);
        batches.sendDecode(List.of(), size);
        step.apply(batch);
        var logits = new Tensor[1];
        var graph = owner.own(CudaGraph.capture(device.stream(), () -> logits[0] = step.apply(batch).nextTokenLogits().acrossResets()));
        var captured = new Captured(size, batch, graph);
        for (int actual = smallest; actual <= size; actual++) {
            byBatchSize[actual] = captured;
            outputs[actual] = new LogitsOutput(logits[0].narrowRows(0, actual));
        }
    }
}
