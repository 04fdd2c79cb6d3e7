package io.gatun.kernels.cpu;

import io.gatun.kernels.ActivationKernels;
import io.gatun.memory.Tensor;

final class CpuActivation implements ActivationKernels {
    private final Lanes lanes;
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask siluRows = this::siluRows;
    private Tensor gateUp;
    private Tensor out;

    CpuActivation(Lanes lanes, Rows rows, WorkerPool pool, Scratch scratch) {
        this.lanes = lanes;
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
    }

    @Override
    public void siluAndMul(Tensor gateUp, Tensor out) {
        Require.cols("siluAndMul", "gateUp", gateUp, 2L * out.cols());
        Require.rows("siluAndMul", "out", out, gateUp.rows());
        this.gateUp = gateUp;
        this.out = out;
        pool.run(8 * out.elements(), out.rows(), 1, siluRows);
    }

    private void siluRows(int from, int to, int thread) {
        int n = out.cols();
        float[] row = scratch.own(thread, 3 * n);
        for (int t = from; t < to; t++) {
            rows.read(gateUp, t, 0, 2 * n, row, 0);
            System.arraycopy(row, 0, row, 2 * n, n);
            lanes.exp(row, 2 * n, n, -1, 0);
            for (int i = 0; i < n; i++) {
                row[i] /= 1 + row[2 * n + i];
            }
            Rows.round(gateUp.dtype(), row, 0, n);
            for (int i = 0; i < n; i++) {
                row[i] *= row[n + i];
            }
            rows.write(row, 0, n, out, t, 0);
        }
    }
}
