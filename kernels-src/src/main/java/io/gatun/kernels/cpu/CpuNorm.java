package io.gatun.kernels.cpu;

import io.gatun.kernels.NormKernels;
import io.gatun.kernels.NormStyle;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

final class CpuNorm implements NormKernels {
    private final Lanes lanes;
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final CpuLayerNorm layerNorm;
    private final WorkerPool.RangeTask normRows = this::normRows;
    private final WorkerPool.RangeTask addNormRows = this::addNormRows;
    private final WorkerPool.RangeTask addRows = this::addRows;
    private Tensor x;
    private Tensor residual;
    private Tensor out;
    private float[] weight;
    private int width;
    private float eps;
    private NormStyle style;

    CpuNorm(Lanes lanes, Rows rows, WorkerPool pool, Scratch scratch) {
        this.lanes = lanes;
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
        this.layerNorm = new CpuLayerNorm(lanes, rows, pool, scratch);
    }

    @Override
    public void rmsNorm(Tensor x, Tensor weight, float eps, NormStyle style, Tensor out) {
        Require.cols("rmsNorm", "weight", weight, x.cols());
        begin("rmsNorm", x, weight, eps, style, out);
        pool.run(4 * x.elements(), x.rows(), 1, normRows);
    }

    @Override
    public void addRmsNorm(Tensor x, Tensor residual, Tensor weight, float eps, NormStyle style, Tensor out) {
        Require.cols("addRmsNorm", "weight", weight, x.cols());
        Require.cols("addRmsNorm", "residual", residual, x.cols());
        Require.rows("addRmsNorm", "residual", residual, x.rows());
        this.residual = residual;
        begin("addRmsNorm", x, weight, eps, style, out);
        pool.run(6 * x.elements(), x.rows(), 1, addNormRows);
    }

    @Override
    public void rmsNormHeads(Tensor x, Tensor weight, float eps, NormStyle style) {
        if (x.cols() % weight.elements() != 0) {
            throw new IllegalArgumentException("rmsNormHeads: x is " + x + " but its columns must be heads as wide as the weight, which is " + weight);
        }
        begin("rmsNormHeads", x, weight, eps, style, x);
        pool.run(4 * x.elements(), x.rows(), 1, normRows);
    }

    @Override
    public void add(Tensor x, Tensor residual) {
        Require.cols("add", "residual", residual, x.cols());
        Require.rows("add", "residual", residual, x.rows());
        this.x = x;
        this.residual = residual;
        pool.run(2 * x.elements(), x.rows(), 1, addRows);
    }

    @Override
    public void layerNorm(Tensor x, Tensor weight, Tensor bias, float eps, Tensor out) {
        layerNorm.run("layerNorm", x, weight, bias, eps, out);
    }

    @Override
    public void addLayerNorm(Tensor x, Tensor residual, Tensor weight, Tensor bias, float eps, Tensor out) {
        add(x, residual);
        layerNorm.run("addLayerNorm", residual, weight, bias, eps, out);
    }

    private void begin(String operation, Tensor x, Tensor weight, float eps, NormStyle style, Tensor out) {
        Require.cols(operation, "out", out, x.cols());
        Require.rows(operation, "out", out, x.rows());
        this.x = x;
        this.out = out;
        this.eps = eps;
        this.style = style;
        width = (int) weight.elements();
        this.weight = scratch.shared(width);
        rows.readFlat(weight, 0, width, this.weight, 0);
        for (int i = 0; style == NormStyle.GEMMA && i < width; i++) {
            this.weight[i] += 1;
        }
    }

    private void normRows(int from, int to, int thread) {
        int cols = x.cols();
        float[] row = scratch.own(thread, cols + width);
        for (int t = from; t < to; t++) {
            rows.read(x, t, 0, cols, row, width);
            for (int at = width; at < width + cols; at += width) {
                System.arraycopy(row, at, row, 0, width);
                normalize(row, x.dtype());
                System.arraycopy(row, 0, row, at, width);
            }
            rows.write(row, width, cols, out, t, 0);
        }
    }

    private void addNormRows(int from, int to, int thread) {
        int hidden = x.cols();
        float[] row = scratch.own(thread, 2 * hidden);
        for (int t = from; t < to; t++) {
            sum(t, row);
            Rows.round(residual.dtype(), row, 0, hidden);
            normalize(row, residual.dtype());
            rows.write(row, 0, hidden, out, t, 0);
        }
    }

    private void addRows(int from, int to, int thread) {
        float[] row = scratch.own(thread, 2 * x.cols());
        for (int t = from; t < to; t++) {
            sum(t, row);
        }
    }

    /** Adds row t of x to the residual's, and leaves the sum in {@code row}. */
    private void sum(int t, float[] row) {
        int hidden = x.cols();
        rows.read(residual, t, 0, hidden, row, 0);
        rows.read(x, t, 0, hidden, row, hidden);
        for (int i = 0; i < hidden; i++) {
            row[i] += row[hidden + i];
        }
        rows.write(row, 0, hidden, residual, t, 0);
    }

    /** Normalises the first numbers of {@code row}, as many as there are weights. */
    private void normalize(float[] row, DType dtype) {
        float squares = lanes.dot(row, row, width);
        float factor = (float) (1 / Math.sqrt(squares / width + eps));
        for (int i = 0; i < width; i++) {
            row[i] *= factor;
        }
        if (style == NormStyle.LLAMA) {
            Rows.round(dtype, row, 0, width);
        }
        for (int i = 0; i < width; i++) {
            row[i] *= weight[i];
        }
    }
}
