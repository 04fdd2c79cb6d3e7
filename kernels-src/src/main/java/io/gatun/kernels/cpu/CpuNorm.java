package io.gatun.kernels.cpu;

import io.gatun.kernels.NormKernels;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

final class CpuNorm implements NormKernels {
    private final Lanes lanes;
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask normRows = this::normRows;
    private final WorkerPool.RangeTask addNormRows = this::addNormRows;
    private Tensor x;
    private Tensor residual;
    private Tensor out;
    private float[] weight;
    private float eps;

    CpuNorm(Lanes lanes, Rows rows, WorkerPool pool, Scratch scratch) {
        this.lanes = lanes;
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
    }

    @Override
    public void rmsNorm(Tensor x, Tensor weight, float eps, Tensor out) {
        begin("rmsNorm", x, weight, eps, out);
        pool.run(4 * x.elements(), x.rows(), 1, normRows);
    }

    @Override
    public void addRmsNorm(Tensor x, Tensor residual, Tensor weight, float eps, Tensor out) {
        Require.cols("addRmsNorm", "residual", residual, x.cols());
        Require.rows("addRmsNorm", "residual", residual, x.rows());
        this.residual = residual;
        begin("addRmsNorm", x, weight, eps, out);
        pool.run(6 * x.elements(), x.rows(), 1, addNormRows);
    }

    private void begin(String operation, Tensor x, Tensor weight, float eps, Tensor out) {
        int hidden = x.cols();
        Require.cols(operation, "weight", weight, hidden);
        Require.cols(operation, "out", out, hidden);
        Require.rows(operation, "out", out, x.rows());
        this.x = x;
        this.out = out;
        this.eps = eps;
        this.weight = scratch.shared(hidden);
        rows.readFlat(weight, 0, hidden, this.weight, 0);
    }

    private void normRows(int from, int to, int thread) {
        int hidden = x.cols();
        float[] row = scratch.own(thread, hidden);
        for (int t = from; t < to; t++) {
            rows.read(x, t, 0, hidden, row, 0);
            normalize(row, hidden, x.dtype());
            rows.write(row, 0, hidden, out, t, 0);
        }
    }

    private void addNormRows(int from, int to, int thread) {
        int hidden = x.cols();
        float[] row = scratch.own(thread, 2 * hidden);
        for (int t = from; t < to; t++) {
            rows.read(residual, t, 0, hidden, row, 0);
            rows.read(x, t, 0, hidden, row, hidden);
            for (int i = 0; i < hidden; i++) {
                row[i] += row[hidden + i];
            }
            rows.write(row, 0, hidden, residual, t, 0);
            Rows.round(residual.dtype(), row, 0, hidden);
            normalize(row, hidden, residual.dtype());
            rows.write(row, 0, hidden, out, t, 0);
        }
    }

    private void normalize(float[] row, int hidden, DType dtype) {
        float squares = lanes.dot(row, row, hidden);
        float factor = (float) (1 / Math.sqrt(squares / hidden + eps));
        for (int i = 0; i < hidden; i++) {
            row[i] *= factor;
        }
        Rows.round(dtype, row, 0, hidden);
        for (int i = 0; i < hidden; i++) {
            row[i] *= weight[i];
        }
    }
}
