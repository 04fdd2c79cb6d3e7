package io.gatun.kernels.cpu;

import io.gatun.memory.Tensor;

/** Layer norm, of rows or of what they become by an addition. */
final class CpuLayerNorm {
    private final Lanes lanes;
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask normRows = this::normRows;
    private Tensor x;
    private Tensor out;
    /** Weights, then biases. */
    private float[] affine;
    private float eps;

    CpuLayerNorm(Lanes lanes, Rows rows, WorkerPool pool, Scratch scratch) {
        this.lanes = lanes;
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
    }

    void run(String operation, Tensor x, Tensor weight, Tensor bias, float eps, Tensor out) {
        int hidden = x.cols();
        Require.cols(operation, "weight", weight, hidden);
        Require.cols(operation, "bias", bias, hidden);
        Require.cols(operation, "out", out, hidden);
        Require.rows(operation, "out", out, x.rows());
        this.x = x;
        this.out = out;
        this.eps = eps;
        affine = scratch.shared(2 * hidden);
        rows.readFlat(weight, 0, hidden, affine, 0);
        rows.readFlat(bias, 0, hidden, affine, hidden);
        pool.run(6 * x.elements(), x.rows(), 1, normRows);
    }

    private void normRows(int from, int to, int thread) {
        int hidden = x.cols();
        float[] row = scratch.own(thread, hidden);
        for (int t = from; t < to; t++) {
            rows.read(x, t, 0, hidden, row, 0);
            double sum = 0;
            for (int i = 0; i < hidden; i++) {
                sum += row[i];
            }
            float mean = (float) (sum / hidden);
            for (int i = 0; i < hidden; i++) {
                row[i] -= mean;
            }
            float factor = (float) (1 / Math.sqrt(lanes.dot(row, row, hidden) / hidden + eps));
            for (int i = 0; i < hidden; i++) {
                row[i] = row[i] * factor * affine[i] + affine[hidden + i];
            }
            rows.write(row, 0, hidden, out, t, 0);
        }
    }
}
