package io.gatun.runtime.weights;

import io.gatun.memory.DType;
import io.gatun.memory.Device;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;

/**
 * Memory of one step. Tensors of the whole step lie apart; those within a sublayer take turns in two halves: once a sublayer's result is folded into
 * the residual stream, {@link #flip()} frees the half before, so that the memory needed does not grow with the number of layers.
 */
public final class StepWorkspace implements AutoCloseable {
    private static final long BLOCK_BYTES = 4L << 20;

    private final TensorArena step;
    private final TensorArena[] halves;
    private int current;

    public StepWorkspace(Device device) {
        step = device.arena("workspace", BLOCK_BYTES);
        halves = new TensorArena[] {device.arena("workspace", BLOCK_BYTES), device.arena("workspace", BLOCK_BYTES)};
    }

    /** A tensor good until the second {@link #flip()} from now. */
    public Tensor allocate(DType dtype, long... dims) {
        return halves[current].allocate(dtype, dims);
    }

    /** A tensor good until the step ends. */
    public Tensor allocateForStep(DType dtype, long... dims) {
        return step.allocate(dtype, dims);
    }

    /** Moves on to the other half, and frees what it held. */
    public void flip() {
        current = 1 - current;
        halves[current].reset();
    }

    /** Begins a step: frees everything. Steps that allocate alike get the same addresses, as a captured graph needs. */
    public void reset() {
        current = 0;
        step.reset();
        halves[0].reset();
        halves[1].reset();
    }

    @Override
    public void close() {
        step.close();
        halves[0].close();
        halves[1].close();
    }
}
