package io.gatun.kernels.cpu;

import io.gatun.kernels.Activation;
import io.gatun.kernels.ActivationKernels;
import io.gatun.memory.Tensor;

final class CpuActivation implements ActivationKernels {
    private final Gate gate;
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask gateRows = this::gateRows;
    private final WorkerPool.RangeTask activateRows = this::activateRows;
    private Activation activation;
    private Tensor gateUp;
    private Tensor out;

    CpuActivation(Lanes lanes, Rows rows, WorkerPool pool, Scratch scratch) {
        this.gate = new Gate(lanes);
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
    }

    @Override
    public void gatedMul(Activation activation, Tensor gateUp, Tensor out) {
        Require.cols("gatedMul", "gateUp", gateUp, 2L * out.cols());
        Require.rows("gatedMul", "out", out, gateUp.rows());
        this.activation = activation;
        this.gateUp = gateUp;
        this.out = out;
        pool.run(8 * out.elements(), out.rows(), 1, gateRows);
    }

    @Override
    public void activate(Activation activation, Tensor x) {
        this.activation = activation;
        this.out = x;
        pool.run(8 * x.elements(), x.rows(), 1, activateRows);
    }

    private void activateRows(int from, int to, int thread) {
        int n = out.cols();
        float[] row = scratch.own(thread, 2 * n);
        for (int t = from; t < to; t++) {
            rows.read(out, t, 0, n, row, 0);
            gate.apply(activation, row, 0, n, n);
            rows.write(row, 0, n, out, t, 0);
        }
    }

    private void gateRows(int from, int to, int thread) {
        int n = out.cols();
        float[] row = scratch.own(thread, 4 * n);
        for (int t = from; t < to; t++) {
            if (activation.interleaved()) {
                rows.read(gateUp, t, 0, 2 * n, row, 2 * n);
                for (int i = 0; i < n; i++) {
                    row[i] = row[2 * n + 2 * i];
                    row[n + i] = row[2 * n + 2 * i + 1];
                }
            } else {
                rows.read(gateUp, t, 0, 2 * n, row, 0);
            }
            gate.apply(activation, gateUp.dtype(), row, 0, n, 2 * n, n);
            rows.write(row, 0, n, out, t, 0);
        }
    }
}
